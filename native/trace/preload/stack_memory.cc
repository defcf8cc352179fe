#include "native/trace/preload/stack_memory.h"

#define UNW_LOCAL_ONLY
#include <libunwind.h>

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

void StackMemory::note(const void* frame, std::uint64_t hash) {
#if defined(__x86_64__)
  Entry& entry = entries_[entry_of(frame)];
  if (entry.frame != frame || entry.hash != hash) {
    entry.frame = frame;
    entry.hash = hash;
    entry.sightings = entry.count = 0;
  }
  if (++entry.sightings == kLearnAfter) learn(entry);
#endif
}

#if defined(__x86_64__)
namespace {

// The place in memory that the unwinder has a register's value from; null if there is none.
const std::uint64_t* saved_place(unw_cursor_t& cursor, int which) {
  unw_save_loc_t saved;
  if (unw_get_save_loc(&cursor, which, &saved) != 0 || saved.type != UNW_SLT_MEMORY) return nullptr;
  return reinterpret_cast<const std::uint64_t*>(saved.u.addr);
}

std::uint64_t value_of(unw_cursor_t& cursor, int which) {
  unw_word_t value = 0;
  unw_get_reg(&cursor, which, &value);
  return value;
}

// Whether a word of the stack from begin to end has the value.
bool holds(std::uint64_t begin, std::uint64_t end, std::uint64_t value) {
  const auto* word = reinterpret_cast<const std::uint64_t*>(begin);
  for (; word < reinterpret_cast<const std::uint64_t*>(end); ++word) {
    if (*word == value) return true;
  }
  return false;
}

}  // namespace

__attribute__((noinline)) void StackMemory::learn(Entry& entry) {
  unw_context_t context;
  unw_cursor_t cursor;
  if (unw_getcontext(&context) != 0 || unw_init_local(&cursor, &context) != 0) return;
  std::uint32_t count = 0;
  const auto add = [&](const std::uint64_t* place) {
    if (place == nullptr || place < entry.frame) return true;  // of the tracer's own calls below the frame
    if (count == kWords) return false;
    entry.words[count++] = {place, *place};
    return true;
  };
  for (;;) {
    // An interrupted function may stand on another stack, and anywhere in its own.
    if (unw_is_signal_frame(&cursor) > 0) return;
    const std::uint64_t* frame_pointer_place = saved_place(cursor, UNW_X86_64_RBP);
    const std::uint64_t frame_pointer = value_of(cursor, UNW_X86_64_RBP);
    const std::uint64_t begin = value_of(cursor, UNW_X86_64_RSP);
    const int stepped = unw_step(&cursor);
    if (stepped == 0) break;  // the outermost frame was reached
    if (stepped < 0) return;
    // Most functions use the register for anything; only if it points into their frame does their caller depend on it.
    const std::uint64_t end = value_of(cursor, UNW_X86_64_RSP);
    const bool is_used = frame_pointer >= begin && frame_pointer < end;
    // A function that realigns its stack may keep its caller's place in a word of its own, which is not compared.
    const bool is_plain = frame_pointer + 2 * sizeof(std::uint64_t) == end;
    if (is_used && !is_plain && holds(begin, end, end)) return;
    if (is_used && !add(frame_pointer_place)) return;
    if (!add(saved_place(cursor, UNW_X86_64_RIP))) return;
  }
  entry.count = count;
}
#endif

}  // namespace chunkmark::trace
