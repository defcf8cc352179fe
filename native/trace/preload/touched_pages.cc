#include "native/trace/preload/touched_pages.h"

#include <time.h>

#include "instrument/capture/event.h"
#include "native/trace/clock.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/preload/ring_writer.h"
#include "native/trace/system_calls.h"

namespace chunkmark::trace {
namespace {

constexpr std::uint32_t kWords = 8;  // of bits in one record; what mincore fills for them must fit a small stack
constexpr std::uint64_t kPages = kWords * 64;
constexpr std::uint32_t kHeadWords = 3;
constexpr std::uint64_t kMaxWaits = 20'000;  // of 50 us each

std::uint64_t page_size() {
  static std::uint64_t bytes;
  if (bytes == 0) bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

void record_touched(std::uint64_t begin, std::uint64_t bytes) {
  RingWriter* ring = ring_with_large_memory();
  if (ring == nullptr || t_state.confined) return;
  const std::uint64_t page = page_size();
  const std::uint64_t end = (begin + bytes + page - 1) / page * page;
  begin = begin / page * page;
  for (std::uint64_t at = begin; at < end; at += kPages * page) {
    unsigned char in_memory[kPages];
    std::uint64_t words[kWords] = {};
    std::uint64_t any = 0;
    // In one call; where the range has holes, which are an error, in steps of a word.
    const std::uint64_t left = (end - at) / page;
    const std::uint64_t pages = left < kPages ? left : kPages;
    const bool whole = sys_call(SYS_mincore, at, pages * page, in_memory) == 0;
    for (std::uint64_t i = 0; i < pages; i += 64) {
      const std::uint64_t count = pages - i < 64 ? pages - i : 64;
      if (!whole && sys_call(SYS_mincore, at + i * page, count * page, in_memory + i) != 0) continue;
      for (std::uint64_t bit = 0; bit < count; ++bit) words[i / 64] |= std::uint64_t{in_memory[i + bit] & 1u} << bit;
      any |= words[i / 64];
    }
    if (any == 0) continue;
    std::uint64_t* record = ring->reserve(kHeadWords + kWords);
    if (record == nullptr) return;
    record[1] = read_ticks();
    record[2] = at;
    for (std::uint32_t i = 0; i < kWords; ++i) record[kHeadWords + i] = words[i];
    ring->publish(record, {static_cast<std::uint32_t>(RecordType::kTouched), 0, kHeadWords + kWords, 0, 0, 0});
  }
}

void record_discard(std::uint64_t begin, std::uint64_t bytes, bool of_object) {
  RingWriter* ring = ring_with_large_memory();
  if (ring == nullptr) return;
  std::uint64_t* record = ring->reserve(4);
  if (record == nullptr) return;
  record[1] = read_ticks();
  record[2] = begin;
  record[3] = bytes;
  ring->publish(record, {static_cast<std::uint32_t>(RecordType::kDiscard), 0, 4, of_object ? 1u : 0u, 0, 0});
}

void await_look() {
  RingWriter* ring = ring_with_large_memory();
  if (ring == nullptr) return;
  Slot* slot = ring->slot();
  const std::uint64_t mine = slot->looks_wanted.fetch_add(1, std::memory_order_acq_rel) + 1;
  for (std::uint64_t waits = 0; waits < kMaxWaits; ++waits) {
    if (slot->looks_done.load(std::memory_order_acquire) >= mine || !ring->await_reader()) return;
  }
}

void await_look_before_loss(std::uint64_t bytes) {
  static std::uint64_t last_ns;  // a race between two threads costs one wait more
  constexpr std::uint64_t kPeriodNs = 20'000'000;
  if (bytes < capture::kLargeBytes || t_state.confined || ring_with_large_memory() == nullptr) return;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  const std::uint64_t now_ns =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  if (now_ns - __atomic_load_n(&last_ns, __ATOMIC_RELAXED) < kPeriodNs) return;
  __atomic_store_n(&last_ns, now_ns, __ATOMIC_RELAXED);
  await_look();
}

}  // namespace chunkmark::trace
