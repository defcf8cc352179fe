#include "native/trace/preload/stacks.h"

#define UNW_LOCAL_ONLY
#include <fcntl.h>
#include <libunwind.h>
#include <link.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "native/trace/preload/mix.h"

extern "C" {
// The bounds of this library, made by the linker. NOLINTNEXTLINE(bugprone-reserved-identifier)
extern const char __ehdr_start __attribute__((visibility("hidden")));
extern const char _end __attribute__((visibility("hidden")));
}

namespace chunkmark::trace {
namespace {

bool is_own(const void* address) {
  const auto* at = static_cast<const char*>(address);
  return at >= &__ehdr_start && at < &_end;
}

struct LoaderState {
  std::uint64_t added, removed;
};

int read_loader_state(dl_phdr_info* info, std::size_t, void* out) {
  *static_cast<LoaderState*>(out) = {info->dlpi_adds, info->dlpi_subs};
  return 1;  // the counters are the same in every entry
}

int announce_module(dl_phdr_info* info, std::size_t, void* context) {
  RingWriter& ring = *static_cast<RingWriter*>(context);
  std::uint64_t begin = ~std::uint64_t{0}, end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    const std::uint64_t at = info->dlpi_addr + header.p_vaddr;
    if (at < begin) begin = at;
    if (at + header.p_memsz > end) end = at + header.p_memsz;
  }
  if (end == 0) return 0;

  char program[kMaxNameBytes];
  const char* path = info->dlpi_name;
  std::size_t length = strlen(path);
  if (length == 0) {  // the main program has no name here
    const long got = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program);
    path = program;
    length = got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  if (length > kMaxNameBytes) length = kMaxNameBytes;
  const auto words = static_cast<std::uint32_t>(4 + (length + 7) / 8);
  std::uint64_t* record = ring.reserve(words);
  if (record == nullptr) return 1;
  record[1] = info->dlpi_addr;
  record[2] = begin;
  record[3] = end;
  memcpy(record + 4, path, length);
  ring.publish(record, {static_cast<std::uint32_t>(RecordType::kModule), 0, words,
                        static_cast<std::uint32_t>((words - 4) * 8 - length), 0, 0});
  return 0;
}

}  // namespace

__attribute__((noinline)) void Stacks::unwind(NativeFrames& frames) {
  const int got = unw_backtrace(frames.addresses, kMaxFrames);
  frames.count = 0;
  frames.hash = 0x9e3779b97f4a7c15u;
  for (int i = 0; i < got; ++i) {
    void* address = frames.addresses[i];
    if (is_own(address)) continue;  // also between others: a hooked function's real one may allocate
    frames.addresses[frames.count++] = address;
    frames.hash = mix(frames.hash, reinterpret_cast<std::uint64_t>(address));
  }
  frames.hash |= 1;  // 0 stands for "not known"
}

// Two tables spare work, since unwinding is the dearest part of an event and loops allocate on few stacks:
//   * The thread's StackMemory answers the hash of the native frames without an unwind, as long as the words of the
//   stack
//     that the unwinder would read are what they were (stack_memory.h).
//   * The slot's table of all threads' stacks has the number of a hash. It is open addressing with linear probing:
//     hashes are put in place by compare-and-swap, never taken out one by one, and so a probe that meets a free place
//     knows that the stack is new.
// Python's frames are not part of the remembered hash: they change while the native frames stay. Two different stacks
// with one 64-bit hash would share a number; with half a million of them that has a chance of 1 in 10^8.
std::uint32_t Stacks::current(RingWriter& ring, std::uint32_t thread) {
  Slot& slot = *ring.slot();
  NativeFrames native;
  native.count = 0;
  const bool remembers = thread < kStackMemories;
  StackMemory& memory = slot.stack_memories[remembers ? thread : 0];
  const void* here = __builtin_frame_address(0);
  native.hash = remembers ? memory.recall(here) : 0;
  if (native.hash == 0) {
    unwind(native);
    if (remembers) memory.note(here, native.hash);
  }

  PythonFrame python[kMaxPythonFrames];
  const std::uint32_t python_count = python_.read(python, kMaxPythonFrames);

  std::uint64_t hash = native.hash;
  for (std::uint32_t i = 0; i < python_count; ++i) hash = mix(hash, python[i].identity);
  hash |= 1;  // 0 marks a free place in the table
  for (std::uint64_t place = hash;; ++place) {
    place %= kStackTableSize;
    const std::uint64_t known = slot.stack_hashes[place].load(std::memory_order_acquire);
    if (known == hash) {
      // The number follows the hash a moment later; until then define the stack once more.
      if (const std::uint32_t number = slot.stack_numbers[place].load(std::memory_order_acquire); number != 0) {
        return number;
      }
    }
    if (known == 0 || known == hash) {
      if (native.count == 0) unwind(native);  // recalled, but new in this place
      return define(ring, thread, {native.addresses, native.count, python, python_count}, hash);
    }
  }
}

std::uint32_t Stacks::define(RingWriter& ring, std::uint32_t thread, const Frames& frames, std::uint64_t hash) {
  announce_modules(ring);
  std::uint64_t python_words[kMaxPythonFrames];
  for (std::uint32_t i = 0; i < frames.python_count; ++i) {
    python_words[i] = std::uint64_t{python_.number(ring, frames.python[i])} * 2 + (frames.python[i].entry ? 1 : 0);
  }
  Slot& slot = *ring.slot();
  std::uint32_t number = slot.next_stack.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number >= kMaxStacks) {  // a program with endless new stacks: forget, and number from 1 again
    memset(static_cast<void*>(slot.stack_hashes), 0, sizeof slot.stack_hashes);
    memset(static_cast<void*>(slot.stack_numbers), 0, sizeof slot.stack_numbers);
    slot.next_stack.store(1);
    number = 1;
  }
  const std::uint32_t words = 2 + frames.native_count + frames.python_count;
  std::uint64_t* record = ring.reserve(words);
  if (record == nullptr) return 0;
  record[1] = frames.native_count;
  for (std::uint32_t i = 0; i < frames.native_count; ++i) {
    record[2 + i] = reinterpret_cast<std::uint64_t>(frames.native[i]) |
                    (python_.is_evaluation(frames.native[i]) ? kEvaluationBit : 0);
  }
  memcpy(record + 2 + frames.native_count, python_words, frames.python_count * sizeof python_words[0]);
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

void Stacks::announce_modules(RingWriter& ring) {
  LoaderState now{};
  dl_iterate_phdr(read_loader_state, &now);
  if (now.added == modules_added_ && now.removed == modules_removed_) return;
  // Never wait here: the thread that announces may itself wait for the loader's lock, which this one may hold.
  if (__atomic_exchange_n(&announcing_, 1, __ATOMIC_ACQUIRE) != 0) return;
  if (now.removed != modules_removed_) {  // addresses may mean other functions from now on
    memset(static_cast<void*>(ring.slot()->stack_hashes), 0, sizeof ring.slot()->stack_hashes);
    memset(static_cast<void*>(ring.slot()->stack_numbers), 0, sizeof ring.slot()->stack_numbers);
  }
  if (std::uint64_t* record = ring.reserve(1); record != nullptr) {
    ring.publish(record, {static_cast<std::uint32_t>(RecordType::kModulesClear), 0, 1, 0, 0, 0});
    dl_iterate_phdr(announce_module, &ring);
    python_.look_for_interpreter(*ring.slot());
    modules_added_ = now.added;
    modules_removed_ = now.removed;
  }
  __atomic_store_n(&announcing_, 0, __ATOMIC_RELEASE);
}

}  // namespace chunkmark::trace
