#include "native/trace/preload/stack_memory.h"

#include "native/trace/preload/mix.h"

namespace chunkmark::trace {

// The word above a frame's saved frame pointer is its return address: which hook it was called for.
std::uint32_t StackMemory::entry_of(const void* frame) {
  const std::uint64_t place = reinterpret_cast<std::uint64_t>(frame);
  return static_cast<std::uint32_t>(mix(place, static_cast<const std::uint64_t*>(frame)[1]) >> 32) % kEntries;
}

std::uint64_t StackMemory::recall(const void* frame) const {
  const Entry& entry = entries_[entry_of(frame)];
  if (entry.frame != frame || entry.count == 0) return 0;
  for (std::uint32_t i = 0; i < entry.count; ++i) {
    if (*entry.words[i].place != entry.words[i].value) return 0;
  }
  return entry.hash;
}

void StackMemory::note(const void* frame, std::uint64_t hash, StepCache& cache) {
  Entry& entry = entries_[entry_of(frame)];
  if (entry.frame != frame || entry.hash != hash) {
    entry.frame = frame;
    entry.hash = hash;
    entry.sightings = entry.count = 0;
  }
  if (++entry.sightings == kLearnAfter) learn(entry, cache);
}

// Whether a word of the stack from begin to end has the value.
static bool holds(std::uint64_t begin, std::uint64_t end, std::uint64_t value) {
  const auto* word = reinterpret_cast<const std::uint64_t*>(begin);
  for (; word < reinterpret_cast<const std::uint64_t*>(end); ++word) {
    if (*word == value) return true;
  }
  return false;
}

__attribute__((noinline)) void StackMemory::learn(Entry& entry, StepCache& cache) {
  std::uint32_t count = 0;
  const auto add = [&](const std::uint64_t* place) {
    if (place == nullptr || place < entry.frame) return true;  // of the tracer's own calls below the frame
    if (count == kWords) return false;
    entry.words[count++] = {place, *place};
    return true;
  };
  const std::uint64_t* frame_pointer_place = nullptr;
  for (CallFrame frame = this_frame();;) {
    const CallFrame inner = frame;
    SavedPlaces places;
    if (!step(frame, places, cache)) break;
    // An interrupted function may stand on another stack, and anywhere in its own.
    if (frame.interrupted) return;
    // Most functions use the register for anything; only if it points into their frame does their caller depend on it.
    const std::uint64_t begin = inner.stack_pointer, end = frame.stack_pointer;
    const bool is_used = inner.frame_pointer >= begin && inner.frame_pointer < end;
    // A function that realigns its stack may keep its caller's place in a word of its own, which is not compared.
    const bool is_plain = inner.frame_pointer + 2 * sizeof(std::uint64_t) == end;
    if (is_used && !is_plain && holds(begin, end, end)) return;
    if (is_used && !add(frame_pointer_place)) return;
    if (places.frame_pointer != nullptr) frame_pointer_place = places.frame_pointer;
    if (!add(places.return_address)) return;
  }
  entry.count = count;
}

}  // namespace chunkmark::trace
