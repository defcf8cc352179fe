#include "instrument/capture/trim.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>

#include "base/error.h"

namespace chunkmark::capture {
namespace {

// Blocks below it are summed, and stacks whose sums are below it are told as their callers.
constexpr std::uint64_t kSmallBytes = 256 << 10;

constexpr std::string_view kBegin = "begin", kEnd = "end";
constexpr const char* kNote =
    "trimmed: of what happened before the mark \"begin\", only the memory that was alive at it is kept, small blocks "
    "of one stack as one; what came after the mark \"end\" is left out";

// Where a process is, seen by its marks. Only the first of each name counts.
enum class Part { kBefore, kWithin, kAfter };

Part part_after(Part part, const Mark& mark) {
  if (part == Part::kBefore && mark.name == kBegin) return Part::kWithin;
  if (part == Part::kWithin && mark.name == kEnd) return Part::kAfter;
  return part;
}

// One process up to its mark: which of its events made what was alive there.
class BeforeMark {
 public:
  bool begun() const { return part_ != Part::kBefore; }
  std::uint64_t begin_ns() const { return begin_ns_; }
  std::uint64_t end_ns() const { return end_ns_; }

  void pass(const Mark& mark) {
    const Part part = part_after(part_, mark);
    if (part != part_) (part == Part::kWithin ? begin_ns_ : end_ns_) = mark.time_ns;
    part_ = part;
  }

  void apply(const Event& event) {
    if (part_ == Part::kWithin) see_end(event);
    if (part_ != Part::kBefore) return;
    const std::uint64_t number = events_++;
    switch (event.kind) {
      case EventKind::kAllocate:
        alive_[event.address] = {number, event};
        break;
      case EventKind::kFree:
        alive_.erase(event.address);
        break;
      case EventKind::kReallocFree:
        if (const auto found = alive_.find(event.address); found != alive_.end()) {
          moving_[event.thread] = found->second;
          alive_.erase(found);
        }
        break;
      case EventKind::kReallocAllocate:
        if (event.address != 0) {
          alive_[event.address] = {number, event};
        } else if (const auto old = moving_.find(event.thread); old != moving_.end()) {
          alive_[old->second.event.address] = old->second;
        }
        moving_.erase(event.thread);
        break;
      default:
        break;
    }
  }

  // When all is read: the numbers of the events to keep, sorted, and a block for each stack of the others.
  void settle(const StackTree& tree) {
    std::vector<std::uint64_t> bytes(tree.nodes.size());
    for (const auto& [address, block] : alive_) {
      if (block.event.bytes >= kSmallBytes) {
        kept_.push_back(block.number);
      } else {
        bytes[block.event.stack] += block.event.bytes;
      }
    }
    alive_.clear();
    std::sort(kept_.begin(), kept_.end());
    for (std::size_t node = bytes.size(); node-- > 1;) {  // callers come first in the tree
      const std::uint32_t caller = tree.nodes[node].parent;
      if (bytes[node] < kSmallBytes && caller != 0) bytes[caller] += std::exchange(bytes[node], 0);
    }
    for (std::uint32_t node = 0; node < bytes.size(); ++node) {
      if (bytes[node] == 0) continue;
      // An address that no allocator gives.
      sums_.push_back({EventKind::kAllocate, 0, node, 0, 2 * sums_.size() + 1, bytes[node]});
    }
  }

  bool keeps(std::uint64_t number) const { return std::binary_search(kept_.begin(), kept_.end(), number); }
  const std::vector<Event>& sums() const { return sums_; }

 private:
  struct Block {
    std::uint64_t number = 0;
    Event event{};
  };

  // Between the marks: a block that ends there is kept apart, for its end to be seen.
  void see_end(const Event& event) {
    if (event.kind != EventKind::kFree && event.kind != EventKind::kReallocFree) return;
    if (const auto found = alive_.find(event.address); found != alive_.end()) {
      kept_.push_back(found->second.number);
      alive_.erase(found);
    }
  }

  Part part_ = Part::kBefore;
  std::uint64_t begin_ns_ = 0, end_ns_ = ~std::uint64_t{0};
  std::uint64_t events_ = 0;
  boost::unordered_flat_map<std::uint64_t, Block> alive_;  // by address
  std::map<std::uint32_t, Block> moving_;                  // by thread: what its realloc took
  std::vector<std::uint64_t> kept_;
  std::vector<Event> sums_;
};

using Processes = std::map<std::uint32_t, BeforeMark>;

class FirstReading final : public CaptureVisitor {
 public:
  explicit FirstReading(Processes& processes) : processes_(processes) {}

  void on_events(std::uint32_t process, std::span<const Event> events) override {
    BeforeMark& before = processes_[process];
    for (const Event& event : events) before.apply(event);
  }
  void on_mark(std::uint32_t process, const Mark& mark) override { processes_[process].pass(mark); }
  void on_sample(std::uint32_t, const ResidentSample&) override {}

 private:
  Processes& processes_;
};

// A process on its way through the second reading.
struct Trimmed {
  const BeforeMark* before;
  Part part = Part::kBefore;
  std::uint64_t events = 0;
  std::optional<ResidentSample> newest{};  // of those before the first mark, until a later one comes
  bool sampled_after = false;

  // Mappings come and go in parts: all that is told of them before the mark stays.
  bool keeps(const Event& event) {
    if (part != Part::kBefore) return part == Part::kWithin;
    const std::uint64_t number = events++;
    switch (event.kind) {
      case EventKind::kAllocate:
      case EventKind::kReallocAllocate:
        return before->keeps(number);
      case EventKind::kMap:
      case EventKind::kUnmap:
      case EventKind::kMapPages:
      case EventKind::kMapShared:
      case EventKind::kPages:
        return true;
      default:
        return false;
    }
  }
};

class SecondReading final : public CaptureVisitor {
 public:
  SecondReading(const Processes& processes, CaptureCopy& copy) : copy_(copy) {
    for (const auto& [process, before] : processes) {
      if (before.begun()) trimmed_.try_emplace(process, Trimmed{&before});
    }
  }

  void on_events(std::uint32_t process, std::span<const Event> events) override {
    Trimmed* trimmed = find(process);
    if (trimmed == nullptr) return copy_.on_events(process, events);
    kept_.clear();
    for (const Event& event : events) {
      if (!trimmed->keeps(event)) continue;
      kept_.push_back(event);
      // What realloc took before the mark is not told.
      if (trimmed->part == Part::kBefore && event.kind == EventKind::kReallocAllocate)
        kept_.back().kind = EventKind::kAllocate;
    }
    copy_.on_events(process, kept_);
  }

  void on_mark(std::uint32_t process, const Mark& mark) override {
    if (Trimmed* trimmed = find(process)) {
      const Part part = part_after(trimmed->part, mark);
      if (trimmed->part == Part::kBefore && part == Part::kWithin) tell_sums(process, *trimmed, mark.time_ns);
      trimmed->part = part;
    }
    copy_.on_mark(process, mark);
  }

  void on_sample(std::uint32_t process, const ResidentSample& sample) override {
    if (Trimmed* trimmed = find(process)) {  // by its time: samples do not stand between events
      if (sample.time_ns < trimmed->before->begin_ns()) {
        trimmed->newest = sample;
        return;
      }
      if (trimmed->newest) copy_.on_sample(process, *std::exchange(trimmed->newest, std::nullopt));
      // One of those after the end tells that they went on.
      if (sample.time_ns > trimmed->before->end_ns() && std::exchange(trimmed->sampled_after, true)) return;
    }
    copy_.on_sample(process, sample);
  }

  void on_memory_map(std::uint32_t process, const MemoryMap& map) override { copy_.on_memory_map(process, map); }
  void on_print(std::uint32_t process, const ContentPrint& print) override { copy_.on_print(process, print); }

 private:
  Trimmed* find(std::uint32_t process) {
    const auto found = trimmed_.find(process);
    return found != trimmed_.end() ? &found->second : nullptr;
  }

  void tell_sums(std::uint32_t process, const Trimmed& trimmed, std::uint64_t time_ns) {
    std::vector<Event> sums = trimmed.before->sums();
    for (Event& sum : sums) sum.time_ns = time_ns;
    copy_.on_events(process, sums);
  }

  CaptureCopy& copy_;
  std::map<std::uint32_t, Trimmed> trimmed_;
  std::vector<Event> kept_;
};

}  // namespace

void write_trimmed(const std::function<std::unique_ptr<EventSource>()>& open, const CaptureWriter::Append& append,
                   const CaptureCopy::Rename& rename) {
  Processes processes;
  FirstReading first(processes);
  const std::unique_ptr<EventSource> once = open();
  once->read(first);
  if (!once->complete()) throw Error(ErrorCode::kCorrupt, "only a whole capture is trimmed: " + once->problem());
  bool any = false;
  for (auto& [process, before] : processes) {
    any |= before.begun();
    if (before.begun()) before.settle(once->stacks());
  }
  if (!any) throw Error(ErrorCode::kInvalidArgument, "expected a capture with the mark \"begin\", found none");

  const std::unique_ptr<EventSource> again = open();
  json::object meta = once->meta();
  for (auto& [name, value] : meta) {
    if (value.is_string()) value = rename(value.get_string());
  }
  CaptureCopy copy(*again, meta, append, rename);
  SecondReading second(processes, copy);
  again->read(second);
  json::object end = again->end();
  json::array notes;
  if (const json::value* told = end.if_contains("notes"); told != nullptr && told->is_array())
    notes = told->get_array();
  notes.emplace_back(kNote);
  end["notes"] = std::move(notes);
  copy.finish(end);
}

}  // namespace chunkmark::capture
