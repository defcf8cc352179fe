#include "native/trace/preload/stacks.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "native/trace/preload/mix.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/preload/scratch.h"
#include "native/trace/system_calls.h"

extern "C" {
// The bounds of this library, made by the linker. NOLINTNEXTLINE(bugprone-reserved-identifier)
extern const char __ehdr_start __attribute__((visibility("hidden")));
extern const char _end __attribute__((visibility("hidden")));
}

namespace chunkmark::trace {
namespace {

std::uint32_t g_unloads;

bool is_own(const void* address) {
  const auto* at = static_cast<const char*>(address);
  return at >= &__ehdr_start && at < &_end;
}

// The number of a known stack, or 0.
std::uint32_t known_number(const Slot& slot, std::uint64_t hash) {
  for (std::uint64_t place = hash;; ++place) {
    place %= kStackTableSize;
    const std::uint64_t known = slot.stack_hashes[place].load(std::memory_order_acquire);
    // The number follows the hash a moment later; until then it is 0, and the stack is defined once more.
    if (known == hash) return slot.stack_numbers[place].load(std::memory_order_acquire);
    if (known == 0) return 0;
  }
}

void announce(RingWriter& ring, const dl_find_object& module, char* program) {
  const char* path = module.dlfo_link_map->l_name;
  std::size_t length = strlen(path);
  if (length == 0) {  // the main program has no name here
    const long got = t_state.confined
                         ? 0
                         : sys_call(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, std::size_t{kMaxNameBytes});
    path = program;
    length = got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  if (length > kMaxNameBytes) length = kMaxNameBytes;
  const auto words = static_cast<std::uint32_t>(4 + (length + 7) / 8);
  std::uint64_t* record = ring.reserve(words);
  if (record == nullptr) return;
  record[1] = module.dlfo_link_map->l_addr;
  record[2] = reinterpret_cast<std::uint64_t>(module.dlfo_map_start);
  record[3] = reinterpret_cast<std::uint64_t>(module.dlfo_map_end);
  memcpy(record + 4, path, length);
  ring.publish(record, {static_cast<std::uint32_t>(RecordType::kModule), 0, words,
                        static_cast<std::uint32_t>((words - 4) * 8 - length), 0, 0});
}

}  // namespace

void note_unload() {
  __atomic_add_fetch(&g_unloads, 1, __ATOMIC_RELEASE);
}

__attribute__((noinline)) std::uint64_t Stacks::unwind(Work& work, StepCache& steps) {
  std::uint64_t hash = 0x9e3779b97f4a7c15u;
  std::uint32_t count = 0;
  SavedPlaces places;
  for (CallFrame frame = this_frame(); count < kMaxFrames && step(frame, places, steps);) {
    auto* address = reinterpret_cast<void*>(frame.interrupted ? frame.pc + 1 : frame.pc);
    if (is_own(address)) continue;  // also between others: a hooked function's real one may allocate
    work.addresses[count++] = address;
    hash = mix(hash, reinterpret_cast<std::uint64_t>(address));
  }
  work.count = count;
  return hash | 1;  // 0 stands for "not known"
}

// Two tables spare work, since unwinding is the dearest part of an event and loops allocate on few stacks:
//   * The thread's StackMemory answers the hash of the native frames without an unwind, as long as the words of the
//     stack that the unwinder would read are what they were (stack_memory.h).
//   * The slot's table of all threads' stacks has the number of a hash. It is open addressing with linear probing:
//     hashes are put in place by compare-and-swap, never taken out one by one, and so a probe that meets a free place
//     knows that the stack is new.
// Python's frames are not part of the remembered hash: they change while the native frames stay. Two different stacks
// with one 64-bit hash would share a number; with half a million of them that has a chance of 1 in 10^8.
std::uint32_t Stacks::current(RingWriter& ring, std::uint32_t thread) {
  Slot& slot = *ring.slot();
  if (__builtin_expect(unloads_ != __atomic_load_n(&g_unloads, __ATOMIC_ACQUIRE), 0)) forget_modules(slot);
  const void* here = __builtin_frame_address(0);
  const std::uint64_t hash = thread < kStackMemories ? slot.stack_memories[thread].recall(here) : 0;
  if (hash != 0 && !python_.known()) {
    if (const std::uint32_t number = known_number(slot, salted(hash)); number != 0) return number;
  }
  return look(ring, thread, here, hash);
}

__attribute__((noinline)) std::uint32_t Stacks::look(RingWriter& ring, std::uint32_t thread, const void* here,
                                                     std::uint64_t native_hash) {
  Slot& slot = *ring.slot();
  const ScratchClaim<Work> claim(slot, thread);
  Work* work = claim.get();
  if (work == nullptr) return 0;
  work->count = 0;
  if (native_hash == 0) {
    native_hash = unwind(*work, slot.steps);
    if (thread < kStackMemories) slot.stack_memories[thread].note(here, native_hash, slot.steps);
  }
  work->python_count = python_.read(work->python, kMaxPythonFrames);
  std::uint64_t hash = native_hash;
  for (std::uint32_t i = 0; i < work->python_count; ++i) hash = mix(hash, work->python[i].identity);
  hash = salted(hash);
  if (const std::uint32_t number = known_number(slot, hash); number != 0) return number;
  if (work->count == 0) unwind(*work, slot.steps);  // recalled, but new in this place
  return define(ring, thread, *work, hash);
}

std::uint32_t Stacks::define(RingWriter& ring, std::uint32_t thread, Work& work, std::uint64_t hash) {
  announce_modules(ring, work);
  for (std::uint32_t i = 0; i < work.python_count; ++i) {
    const PythonFrame& frame = work.python[i];
    work.python_words[i] = std::uint64_t{python_.number(ring, frame, work.text)} * 2 + (frame.entry ? 1 : 0);
  }
  Slot& slot = *ring.slot();
  std::uint32_t number = slot.next_stack.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number >= kMaxStacks) {  // a program with endless new stacks: forget, and number from 1 again
    memset(static_cast<void*>(slot.stack_hashes), 0, sizeof slot.stack_hashes);
    memset(static_cast<void*>(slot.stack_numbers), 0, sizeof slot.stack_numbers);
    slot.next_stack.store(1);
    number = 1;
  }
  const std::uint32_t words = 2 + work.count + work.python_count;
  std::uint64_t* record = ring.reserve(words);
  if (record == nullptr) return 0;
  record[1] = work.count;
  for (std::uint32_t i = 0; i < work.count; ++i) {
    record[2 + i] = reinterpret_cast<std::uint64_t>(work.addresses[i]) |
                    (python_.is_evaluation(work.addresses[i]) ? kEvaluationBit : 0);
  }
  memcpy(record + 2 + work.count, work.python_words, work.python_count * sizeof work.python_words[0]);
  ring.publish(record, {static_cast<std::uint32_t>(RecordType::kStack), 0, words, 0, thread, number});

  for (std::uint64_t place = hash;; ++place) {
    place %= kStackTableSize;
    std::uint64_t expected = 0;
    if (slot.stack_hashes[place].compare_exchange_strong(expected, hash) || expected == hash) {
      slot.stack_numbers[place].store(number, std::memory_order_release);
      return number;
    }
  }
}

// Asks for the module of each address rather than for all modules: the loader answers that without a lock, and a module
// whose function is on this stack stays loaded meanwhile.
void Stacks::announce_modules(RingWriter& ring, Work& work) {
  dl_find_object module{};
  for (std::uint32_t i = 0; i < work.count; ++i) {
    auto* address = static_cast<char*>(work.addresses[i]) - 1;
    if (address >= static_cast<char*>(module.dlfo_map_start) && address < static_cast<char*>(module.dlfo_map_end)) {
      continue;  // as the frame before
    }
    if (_dl_find_object(address, &module) != 0) {
      module = {};
      continue;
    }
    const link_map& loaded = *module.dlfo_link_map;
    const std::uint64_t identity = mix(mix(reinterpret_cast<std::uint64_t>(&loaded), loaded.l_addr),
                                       reinterpret_cast<std::uint64_t>(loaded.l_name)) |
                                   1;
    if (was_announced(identity)) continue;
    announce(ring, module, work.text);
    python_.look_for_interpreter(ElfSymbols(loaded.l_addr, loaded.l_ld), *ring.slot());
    for (std::uint64_t& place : announced_) {
      std::uint64_t free = 0;
      if (__atomic_compare_exchange_n(&place, &free, identity, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) break;
    }
  }
}

bool Stacks::was_announced(std::uint64_t module) {
  for (const std::uint64_t& place : announced_) {
    const std::uint64_t known = __atomic_load_n(&place, __ATOMIC_ACQUIRE);
    if (known == module) return true;
    if (known == 0) return false;
  }
  return false;
}

__attribute__((noinline, cold)) void Stacks::forget_modules(Slot& slot) {
  __atomic_store_n(&unloads_, __atomic_load_n(&g_unloads, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
  memset(static_cast<void*>(announced_), 0, sizeof announced_);
  memset(static_cast<void*>(&slot.steps), 0, sizeof slot.steps);
}

// A stack of before an unload is another one after it, though its addresses are the same.
std::uint64_t Stacks::salted(std::uint64_t hash) const {
  return mix(hash, unloads_) | 1;  // 0 marks a free place in the table
}

}  // namespace chunkmark::trace
