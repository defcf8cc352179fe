// TracedRing: a ring with records that a traced process might have written, drained into a capture and read back.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "instrument/capture/capture_reader.h"
#include "instrument/profile/frame_text.h"
#include "native/trace/process_drain.h"
#include "native/trace/shared_ring.h"
#include "unit/catch.h"

namespace chunkmark::trace {

using capture::Event;
using capture::EventKind;
using capture::Mark;

struct Seen final : capture::CaptureVisitor {
  std::vector<Event> events;
  std::vector<Mark> marks;
  void on_events(std::uint32_t, std::span<const Event> more) override {
    events.insert(events.end(), more.begin(), more.end());
  }
  void on_mark(std::uint32_t, const Mark& mark) override { marks.push_back(mark); }
  void on_sample(std::uint32_t, const capture::ResidentSample&) override {}
};

// A process that writes records into slot 0 of a ring of its own.
class TracedRing {
 public:
  TracedRing() { writer_.add_process(0, 1, 0, "x"); }

  // Writes a record after the last one. Its first word comes last, as the tracer does it.
  TracedRing& record(RecordType type, const std::vector<std::uint64_t>& words, std::string_view text = {},
                     std::uint32_t stack = 0, EventKind kind = EventKind::kAllocate) {
    RecordHead head{};
    head.type = static_cast<std::uint32_t>(type);
    head.kind = static_cast<std::uint32_t>(kind);
    head.stack = stack;
    head.thread = 3;
    const auto text_words = static_cast<std::uint32_t>((text.size() + 7) / 8);
    head.words = 1 + static_cast<std::uint32_t>(words.size()) + text_words;
    head.spare = text_words * 8 - static_cast<std::uint32_t>(text.size());
    return raw(head, words, text);
  }
  TracedRing& raw(const RecordHead& head, const std::vector<std::uint64_t>& words, std::string_view text = {}) {
    std::byte* at = ring_.ring(0) + head_ % kRingBytes;
    if (!words.empty()) std::memcpy(at + 8, words.data(), words.size() * 8);
    if (!text.empty()) std::memcpy(at + 8 + words.size() * 8, text.data(), text.size());
    std::memcpy(at, &head, sizeof head);
    head_ += head.words * std::uint64_t{8};
    return *this;
  }
  TracedRing& event(EventKind kind, std::uint64_t address, std::uint64_t bytes, std::uint32_t stack = 0) {
    return record(RecordType::kEvent, {read_ticks(), address, bytes}, {}, stack, kind);
  }
  TracedRing& module(std::uint64_t base, std::uint64_t end, std::string_view path) {
    return record(RecordType::kModule, {base, base, end}, path);
  }
  TracedRing& python_frame(std::uint64_t number, std::uint64_t line, const std::string& function) {
    return record(RecordType::kPythonFrame, {number, line}, function + std::string("\0a.py\0", 6));
  }
  std::uint64_t drain() {
    clock_.update();
    return drain_.drain(clock_);
  }
  std::uint64_t written() const { return head_; }
  ProcessDrain& process() { return drain_; }
  Slot& slot() { return slot_; }

  // The capture, read back.
  Seen seen() {
    writer_.finish({{"duration_ns", 1}});
    Seen seen;
    reader_.emplace(capture::CaptureFile{file_, "x"});
    reader_->read(seen);
    CHECK(reader_->complete());
    return seen;
  }
  std::vector<std::string> stack(std::uint32_t node) const { return profile::stack_text(reader_->stacks(), node); }

 private:
  std::vector<std::byte> file_;
  capture::CaptureWriter writer_{[this](ByteView bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); }, {}};
  FrameTable frames_{writer_};
  SharedRing ring_;
  TickClock clock_;
  Slot& slot_ = claim(ring_);
  SharedPages shared_;
  ProcessDrain drain_{slot_, ring_.ring(0), 0, frames_, shared_, writer_};
  std::optional<capture::CaptureReader> reader_;
  std::uint64_t head_ = 0;

  // As a traced process does it: through the path that it is told.
  static Slot& claim(SharedRing& ring) {
    CHECK(ring.ready_slot(0) == nullptr);
    const int file = ::open(ring.path().c_str(), O_RDWR | O_CLOEXEC);
    const std::uint32_t ready = kSlotReady;
    const auto place = static_cast<off_t>(slot_offset(0) + offsetof(Slot, state));
    CHECK(::pwrite(file, &ready, sizeof ready, place) == sizeof ready);
    ::close(file);
    return *ring.ready_slot(0);
  }
};

}  // namespace chunkmark::trace
