#include "native/trace/preload/ring_writer.h"

#include <linux/futex.h>
#include <time.h>

#include "native/trace/preload/recorder.h"
#include "native/trace/system_calls.h"

namespace chunkmark::trace {
namespace {
constexpr int kReadWrite = PROT_READ | PROT_WRITE;

// The kernel says so in the lock's word, also to a process that may make no system call or sees no other process.
bool launcher_died(const Control& control) {
  return (__atomic_load_n(&control.launcher_lives.__data.__lock, __ATOMIC_RELAXED) & FUTEX_OWNER_DIED) != 0;
}

void pause_a_moment() {
  if (t_state.confined) {
    for (int i = 0; i < 1000; ++i) asm volatile("" ::: "memory");
    return;
  }
  const timespec pause{0, 50'000};
  sys_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, nullptr);
}
}  // namespace

bool RingWriter::attach(int file, Control* control) {
  control_ = control;
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    constexpr std::size_t kState = 4096;  // the page that holds Slot::state
    void* page = sys_map(nullptr, kState, kReadWrite, MAP_SHARED, file, slot_offset(i));
    if (page == nullptr) return false;
    std::uint32_t expected = kSlotFree;
    std::atomic<std::uint32_t>& state = static_cast<Slot*>(page)->state;
    const bool mine = state.compare_exchange_strong(expected, kSlotClaimed);
    const bool mapped = mine && map_slot(file, i);
    if (mine && !mapped) state.store(kSlotFree);
    sys_call(SYS_munmap, page, kState);
    if (!mine) continue;
    if (mapped) control_->attached.fetch_add(1);
    return mapped;
  }
  return false;
}

bool RingWriter::map_slot(int file, std::uint32_t i) {
  void* slot = sys_map(nullptr, sizeof(Slot), kReadWrite, MAP_SHARED, file, slot_offset(i));
  void* twice = sys_map(nullptr, 2 * kRingBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  slot_ = static_cast<Slot*>(slot);
  ring_ = static_cast<std::byte*>(twice);
  const std::uint64_t offset = slot_offset(i) + offsetof(Slot, ring);
  if (slot != nullptr && twice != nullptr &&
      sys_map(ring_, kRingBytes, kReadWrite, MAP_SHARED | MAP_FIXED, file, offset) != nullptr &&
      sys_map(ring_ + kRingBytes, kRingBytes, kReadWrite, MAP_SHARED | MAP_FIXED, file, offset) != nullptr) {
    return true;
  }
  if (slot != nullptr) sys_call(SYS_munmap, slot, sizeof(Slot));
  if (twice != nullptr) sys_call(SYS_munmap, twice, 2 * kRingBytes);
  return false;
}

// The place is reserved already, so no other writer has it: to wait for the reader is all there is to do. Places are
// given out in order, so the reader gets to every published record before it, and the wait ends as long as the reader
// lives.
bool RingWriter::wait_for_room(std::uint64_t end) {
  while (active()) {
    // Half the ring, so that on a loaded machine the two do not wake each other for a handful of records.
    if (end - slot_->tail.load(std::memory_order_acquire) <= kRingBytes / 2) return true;
    await_reader();
  }
  return false;
}

bool RingWriter::await_reader() {
  if (launcher_died(*control_)) control_->active.store(0);
  if (active()) pause_a_moment();  // the launcher is slow: let it have the core
  return active();
}

}  // namespace chunkmark::trace
