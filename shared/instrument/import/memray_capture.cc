#include "instrument/import/memray_capture.h"

#include <algorithm>

#include "base/utf8.h"
#include "instrument/capture/origin.h"
#include "instrument/import/event_batch.h"
#include "instrument/import/memray_records.h"
#include "instrument/import/origin_document.h"

namespace chunkmark::imports {
namespace {

using capture::EventKind;

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::uint64_t kStepNs = 100;

// Without the zeros that memray leaves behind a capture that it did not end.
capture::CaptureFile without_room(capture::CaptureFile file) {
  std::size_t size = file.bytes.size();
  if (packing_of(file.bytes) != Packing::kNone) return file;
  while (size > kMemrayMagic.size() && file.bytes[size - 1] == std::byte{0}) --size;
  file.bytes = file.bytes.first(size);
  return file;
}

class ToEvents final : public MemrayListener {
 public:
  ToEvents(const MemrayHeader& header, const MemrayStacks& stacks, capture::CaptureVisitor& visitor)
      : header_(header),
        stacks_(stacks),
        visitor_(visitor),
        batch_(visitor),
        duration_ns_(header.duration_ms() * kNsPerMs),
        // A report's tick is the duration by 2 to the power of 32: two events must not share one.
        step_ns_(std::max(kStepNs, (duration_ns_ >> 32) + 1)) {}

  void on_allocation(const MemrayAllocation& allocation) override {
    constexpr EventKind kEvents[] = {EventKind::kAllocate, EventKind::kFree, EventKind::kMap, EventKind::kUnmap};
    now_ns_ += step_ns_;
    add({kEvents[static_cast<int>(allocation.kind)], stacks_.thread(), allocation.stack, at(now_ns_),
         allocation.address, allocation.bytes});
  }

  void on_memory(std::int64_t ms, std::uint64_t, const std::uint64_t* heap_bytes) override {
    if (ms < 0 || static_cast<std::uint64_t>(ms) > ~std::uint64_t{0} / kNsPerMs / 2) return;  // not a time
    now_ns_ = std::max(now_ns_, static_cast<std::uint64_t>(ms) * kNsPerMs);
    if (heap_bytes == nullptr) return;
    visitor_.on_heap(0, {at(now_ns_), *heap_bytes});
    if (*heap_bytes > highest_heap_) highest_heap_ = *heap_bytes, peak_ns_ = at(now_ns_);
  }

  // At the peak all that lived then; what leaked is told when all sums are known, since it may be more than that.
  void on_sums(const MemraySums& sums) override {
    add_block(sums.thread, sums.stack, peak_ns_, sums.peak_bytes, sums.peak_blocks);
    if (sums.leaked_bytes != 0 || sums.leaked_blocks != 0) leaked_.push_back(sums);
  }

  void finish() {
    const std::uint64_t end = std::max({duration_ns_, peak_ns_ + 1, now_ns_});
    if (header_.aggregated) {
      for (std::uint64_t block = 1, blocks = blocks_; block <= blocks; ++block)
        add({EventKind::kFree, 0, 0, end, block, 0});
      for (const MemraySums& sums : leaked_) {
        add_block(sums.thread, sums.stack, end, sums.leaked_bytes, sums.leaked_blocks);
      }
    }
    batch_.flush();
  }

 private:
  std::uint64_t at(std::uint64_t ns) const { return duration_ns_ != 0 ? std::min(ns, duration_ns_) : ns; }
  void add(const capture::Event& event) { batch_.add(event); }
  void add_block(std::uint32_t thread, std::uint32_t stack, std::uint64_t ns, std::uint64_t bytes,
                 std::uint64_t count) {
    if (bytes == 0 && count == 0) return;
    add({EventKind::kAllocate, thread, stack, ns, ++blocks_, bytes, 0,
         static_cast<std::uint32_t>(std::min<std::uint64_t>(count, ~std::uint32_t{0}))});
  }

  const MemrayHeader& header_;
  const MemrayStacks& stacks_;
  capture::CaptureVisitor& visitor_;
  EventBatch batch_;
  std::uint64_t duration_ns_, step_ns_;
  std::uint64_t now_ns_ = 0, peak_ns_ = 0, highest_heap_ = 0, blocks_ = 0;
  std::vector<MemraySums> leaked_;
};

}  // namespace

MemrayCapture::MemrayCapture(const capture::CaptureFile& file) : name_frames_(file.name_frames) {
  const capture::CaptureFile content = without_room(file);
  reader_ = std::make_unique<StreamReader>(open_stream(content), file.name);
  header_ = read_memray_header(*reader_);
  processes_.push_back({header_.pid, 0, utf8_text(header_.command_line)});
  std::vector<std::string_view> unknown{capture::kTellsPages, capture::kTellsCopies, capture::kTellsTransfers,
                                        capture::kTellsRealloc};
  if (header_.aggregated) {
    unknown.insert(unknown.end(), {capture::kTellsAllocations, capture::kTellsAllocator, capture::kTellsTimes});
  }
  meta_ = origin_document({.format = header_.aggregated ? "memray aggregated capture" : "memray capture",
                           .version = std::to_string(header_.version),
                           .command_line = processes_.front().command,
                           .started_ms = header_.start_ms,
                           .peak_is_last = true},
                          unknown);
}

void MemrayCapture::read(capture::CaptureVisitor& visitor) {
  MemrayStacks stacks(header_, *reader_, stacks_);
  ToEvents events(header_, stacks, visitor);
  MemrayRecords records(header_, *reader_, stacks, events);
  try {
    if (!records.read()) {
      problem_ = reader_->name() + ": at byte " + std::to_string(reader_->offset()) +
                 ": expected the record that ends a capture, found the end of the file: the program was killed, or the "
                 "file is cut";
    }
  } catch (const Error& error) {
    problem_ = error.what();
  }
  events.finish();
  if (name_frames_ != nullptr && header_.native_traces) name_frames_(stacks_, stacks.modules(), header_.start_ms);
  reader_.reset();
  if (!problem_.empty()) return;
  end_["duration_ns"] = peek_duration();
  if (!header_.aggregated) end_["allocation_records"] = header_.records;
}

}  // namespace chunkmark::imports
