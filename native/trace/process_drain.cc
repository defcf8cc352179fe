#include "native/trace/process_drain.h"

#include <algorithm>
#include <cstring>

#include "native/trace/memory_map.h"
#include "native/trace/process_counters.h"

namespace chunkmark::trace {
namespace {

constexpr std::uint64_t kMaxPythonNumbers = 1u << 24;  // what one process may define; beyond it something is wrong

std::string_view text_of(const std::uint64_t* record, const RecordHead& head, std::uint32_t first_word) {
  const std::size_t bytes = (head.words - first_word) * std::size_t{8};
  return {reinterpret_cast<const char*>(record + first_word), bytes - std::min<std::size_t>(bytes, head.spare)};
}

}  // namespace

ProcessDrain::ProcessDrain(Slot& slot, std::byte* ring, std::uint32_t process, FrameTable& frames, SharedPages& shared,
                           capture::CaptureWriter& writer)
    : slot_(slot),
      ring_(ring),
      process_(process),
      frames_(frames),
      writer_(writer),
      memory_(slot.pid, shared, [this](const capture::Event& event) { writer_.add_event(process_, event); }) {}

// Records are read strictly in the order of their places. A place that is reserved but not yet published is zero, since
// all that was read is zeroed before `tail` passes it and a new ring is zero: the reader stops there and comes back. So
// what it reads is always whole, and needs no lock. A record that ends beyond the ring's last byte goes on in the
// second mapping of the same memory.
std::uint64_t ProcessDrain::drain(const TickClock& clock) {
  const std::uint64_t begin = tail_;
  for (;;) {
    auto* record = reinterpret_cast<std::uint64_t*>(ring_ + tail_ % kRingBytes);
    const std::uint64_t word = __atomic_load_n(record, __ATOMIC_ACQUIRE);
    if (word == 0) break;
    RecordHead head;
    std::memcpy(&head, &word, sizeof head);
    if (head.words == 0) break;  // not ours to repair: a program that writes into the ring loses what follows
    read_record(record, head, clock);
    std::memset(record, 0, std::size_t{head.words} * 8);
    tail_ += std::uint64_t{head.words} * 8;
    // Give room back in steps, so that writers do not wait for a whole drain.
    if (tail_ - slot_.tail.load(std::memory_order_relaxed) > kRingBytes / 16) {
      slot_.tail.store(tail_, std::memory_order_release);
    }
  }
  slot_.tail.store(tail_, std::memory_order_release);
  return tail_ - begin;
}

void ProcessDrain::read_record(const std::uint64_t* record, const RecordHead& head, const TickClock& clock) {
  switch (static_cast<RecordType>(head.type)) {
    case RecordType::kEvent: {
      // Later kinds are the launcher's own.
      if (head.kind == 0 || head.kind > static_cast<std::uint32_t>(capture::EventKind::kTransferOut)) return;
      if (head.words < 4) return;
      capture::Event event;
      event.kind = static_cast<capture::EventKind>(head.kind);
      event.thread = head.thread;
      event.stack = node_of(head);
      event.time_ns = clock.to_ns(record[1]);
      event.address = record[2];
      event.bytes = record[3];
      event.source = head.words > 4 ? record[4] : 0;
      memory_.on_event(event);
      if (event.kind == capture::EventKind::kMap && head.stack < caller_of_stack_.size()) {
        if (const std::uint32_t module = caller_of_stack_[head.stack]; module != 0) frames_.note_mapper(module);
      }
      ++events_;
      break;
    }
    case RecordType::kTouched:
      if (head.words > 3) memory_.touched(record[2], {record + 3, head.words - 3u}, clock.to_ns(record[1]));
      break;
    case RecordType::kDiscard:
      if (head.words >= 4) memory_.discarded(record[2], record[3], head.spare != 0, clock.to_ns(record[1]));
      break;
    case RecordType::kSharedMap:
      read_shared_map(record, head, clock);
      break;
    case RecordType::kStack:
      read_stack(record, head);
      break;
    case RecordType::kPythonFrame:
      read_python_frame(record, head);
      break;
    case RecordType::kModule:
      read_module(record, head);
      break;
    case RecordType::kFingerprint:
      read_fingerprint(record, head, clock);
      break;
    case RecordType::kMark:
      read_mark(record, head, clock);
      break;
    default:
      break;
  }
}

void ProcessDrain::read_shared_map(const std::uint64_t* record, const RecordHead& head, const TickClock& clock) {
  if (head.words < 7) return;
  const capture::Event event{capture::EventKind::kMapShared, head.thread, node_of(head),
                             clock.to_ns(record[1]),         record[2],   record[3]};
  memory_.on_shared_map(event, {record[4], record[5], record[6]});
  ++events_;
}

void ProcessDrain::look_at_pages(const TickClock& clock) {
  const std::uint64_t wanted = slot_.looks_wanted.load(std::memory_order_acquire);
  const bool waited_for = wanted != slot_.looks_done.load(std::memory_order_relaxed);
  if (waited_for) drain(clock);  // what the waiting thread did before it asked
  const std::uint64_t now = clock.now_ns();
  memory_.look(now, waited_for);
  if (waited_for || now >= next_check_ns_) note_unexplained(now);
  if (waited_for) slot_.looks_done.store(wanted, std::memory_order_release);
}

// Much more resident than large mappings and blocks make up, and a quarter more than when it was told before: what is
// where goes into the capture, where it is held against all blocks. Growing to 1 GiB tells it 20 times at most.
void ProcessDrain::note_unexplained(std::uint64_t now_ns) {
  constexpr std::uint64_t kPeriodNs = 20'000'000, kMinBytes = 16'000'000;
  next_check_ns_ = now_ns + kPeriodNs;
  const std::optional<ProcessCounters> counters = read_counters(slot_.pid);
  if (!counters || counters->anonymous_bytes < mapped_at_bytes_ + mapped_at_bytes_ / 4) return;
  const std::uint64_t known = memory_.private_bytes() + slot_.inherited_bytes;
  if (counters->anonymous_bytes < known + std::max(kMinBytes, known / 10)) return;
  mapped_at_bytes_ = counters->anonymous_bytes;
  writer_.add_memory_map(process_,
                         {now_ns, counters->anonymous_bytes, read_memory_map(slot_.pid, capture::kLargeBytes)});
}

void ProcessDrain::read_module(const std::uint64_t* record, const RecordHead& head) {
  if (head.words < 4) return;
  frame_of_address_.clear();  // addresses may mean other functions from now on
  last_stack_.clear();
  modules_.push_back({record[1], record[2], record[3], frames_.module(std::string(text_of(record, head, 4)))});
}

// The call stands before the address that it returns to. Later modules take the place of earlier ones.
const ProcessDrain::Module* ProcessDrain::module_of(std::uint64_t return_address) const {
  const auto holds = [address = return_address - 1](const Module& module) {
    return address >= module.begin && address < module.end;
  };
  const auto found = std::find_if(modules_.rbegin(), modules_.rend(), holds);
  return found != modules_.rend() ? &*found : nullptr;
}

std::uint32_t ProcessDrain::frame_of(std::uint64_t return_address) {
  if (const auto known = frame_of_address_.find(return_address); known != frame_of_address_.end()) return known->second;
  const Module* module = module_of(return_address);
  if (module == nullptr) return frames_.native_frame(0, return_address - 1);
  const std::uint32_t frame = frames_.native_frame(module->number, return_address - 1 - module->base);
  frame_of_address_[return_address] = frame;
  return frame;
}

void ProcessDrain::read_python_frame(const std::uint64_t* record, const RecordHead& head) {
  if (head.words < 3 || record[1] > kMaxPythonNumbers) return;
  const std::string_view text = text_of(record, head, 3);
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) return;
  const std::string_view file = text.substr(end + 1, text.find('\0', end + 1) - end - 1);
  const auto number = static_cast<std::size_t>(record[1]);
  if (number >= frame_of_python_.size()) frame_of_python_.resize(number + 1);
  last_stack_.clear();
  frame_of_python_[number] = frames_.python_frame(
      {std::string(text.substr(0, end)), std::string(file), static_cast<std::uint32_t>(record[2])});
}

// Native and Python frames in one stack: each native frame of the evaluation loop gives its place to the Python frames
// that it runs, the one that it was entered for and those that this one called without leaving the loop.
void ProcessDrain::read_stack(const std::uint64_t* record, const RecordHead& head) {
  if (head.words < 2 || record[1] > head.words - 2u) return;
  const std::uint64_t* native = record + 2;
  const auto native_count = static_cast<std::size_t>(record[1]);
  const std::uint64_t* python = native + native_count;
  const std::size_t python_count = head.words - 2 - native_count;
  const auto native_at = [&](std::size_t depth) { return native[native_count - 1 - depth]; };  // 0 is the outermost
  const auto python_at = [&](std::size_t depth) { return python[python_count - 1 - depth]; };

  // The frames that this stack shares with the one before have nodes already. A run of Python frames ends where the
  // next one's word says so: that word has to be the same too, or both stacks have none.
  StackPath& path = last_stack_;
  std::size_t same = 0;
  while (same < python_count && same < path.python.size() && path.python[same] == python_at(same)) ++same;
  const bool whole = same == python_count && same == path.python.size();
  std::size_t depth = 0;
  while (depth < native_count && depth < path.steps.size() && path.steps[depth].native == native_at(depth) &&
         (whole || path.steps[depth].python < same)) {
    ++depth;
  }
  path.steps.resize(depth);
  path.python.resize(same);
  for (std::size_t i = same; i < python_count; ++i) path.python.push_back(python_at(i));
  std::uint32_t node = depth == 0 ? 0 : path.steps[depth - 1].node;
  std::size_t used = depth == 0 ? 0 : path.steps[depth - 1].python;

  const auto add_python_run = [&] {
    for (bool first = true; used < python_count && (first || (python_at(used) & 1) == 0); first = false) {
      const auto number = static_cast<std::size_t>(python_at(used++) / 2);
      if (number < frame_of_python_.size()) node = frames_.node(node, frame_of_python_[number]);
    }
  };
  for (; depth < native_count; ++depth) {
    const std::uint64_t word = native_at(depth);
    if (used < python_count && (word & kEvaluationBit) != 0) {
      add_python_run();
    } else if ((word & ~kEvaluationBit) > 1) {
      node = frames_.node(node, frame_of(word & ~kEvaluationBit));
    }
    path.steps.push_back({word, used, node});
  }
  // Left over where the unwinder or the limits lost native frames: better at the wrong depth than not at all.
  while (used < python_count) add_python_run();
  if (head.stack >= node_of_stack_.size()) {
    node_of_stack_.resize(head.stack + std::size_t{1});
    caller_of_stack_.resize(head.stack + std::size_t{1});
  }
  node_of_stack_[head.stack] = node;
  const Module* caller = native_count > 0 ? module_of(native[0] & ~kEvaluationBit) : nullptr;
  caller_of_stack_[head.stack] = caller != nullptr ? caller->number : 0;
}

void ProcessDrain::read_fingerprint(const std::uint64_t* record, const RecordHead& head, const TickClock& clock) {
  if (head.words < kFingerprintWords || record[4] > fingerprint::kMaxSamples) return;
  if (kFingerprintWords + (record[4] + 1) / 2 > head.words) return;
  if (head.kind == 0 || head.kind > static_cast<std::uint32_t>(capture::PrintReason::kEnd)) return;
  capture::ContentPrint print{
      static_cast<capture::PrintReason>(head.kind), clock.to_ns(record[1]), record[2], record[3], {}};
  print.samples.resize(static_cast<std::size_t>(record[4]));
  std::memcpy(print.samples.data(), record + kFingerprintWords, print.samples.size() * sizeof(std::uint32_t));
  writer_.add_print(process_, print);
}

void ProcessDrain::read_mark(const std::uint64_t* record, const RecordHead& head, const TickClock& clock) {
  if (head.words < kMarkWords) return;
  capture::Mark mark;
  mark.name = text_of(record, head, kMarkWords);
  mark.thread = head.thread;
  mark.time_ns = clock.to_ns(record[1]);
  mark.small_copies = record[2];
  mark.small_copy_bytes = record[3];
  mark.anonymous_bytes = record[4];
  mark.file_bytes = record[5];
  writer_.add_mark(process_, mark);
}

capture::Mark ProcessDrain::counters(std::uint64_t time_ns) const {
  capture::Mark mark{"", 0, time_ns, 0, 0};
  for (const CounterRow& row : slot_.counters) {
    mark.small_copies += row.small_copies.load(std::memory_order_relaxed);
    mark.small_copy_bytes += row.small_copy_bytes.load(std::memory_order_relaxed);
  }
  return mark;
}

}  // namespace chunkmark::trace
