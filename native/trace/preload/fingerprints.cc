#include "native/trace/preload/fingerprints.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include "native/trace/clock.h"
#include "native/trace/preload/mix.h"
#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"
#include "native/trace/preload/ring_writer.h"
#include "native/trace/system_calls.h"

namespace chunkmark::trace {
namespace {

constexpr std::uint64_t kPageBytes = 4096;  // a kernel of larger pages refuses: it has no fingerprints
constexpr std::uint32_t kRegionPages = fingerprint::kRegionBytes / kPageBytes + 1;

std::uint64_t now_ns(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Source {
  std::uint64_t address;
  bool refused;  // by the kernel: it will never answer
};

// Those bytes of a region whose pages are there (mincore: a page that was never touched is not, and a read would map
// the kernel's page of zeros in its place), run by run.
bool read_region(void* context, std::uint64_t offset, std::size_t bytes, std::byte* to) {
  Source& source = *static_cast<Source*>(context);
  const std::uint64_t begin = source.address + offset, end = begin + bytes;
  const std::uint64_t first_page = begin / kPageBytes * kPageBytes;
  unsigned char there[kRegionPages];
  if (sys_call(SYS_mincore, first_page, end - first_page, there) != 0) {
    source.refused = errno == EPERM || errno == ENOSYS;
    return false;
  }
  for (std::uint64_t page = first_page; page < end;) {
    const bool is_there = (there[(page - first_page) / kPageBytes] & 1) != 0;
    std::uint64_t run_end = page + kPageBytes;
    while (run_end < end && ((there[(run_end - first_page) / kPageBytes] & 1) != 0) == is_there) run_end += kPageBytes;
    const std::uint64_t from = page > begin ? page : begin, until = run_end < end ? run_end : end;
    page = run_end;
    if (!is_there) continue;
    const iovec local{to + (from - begin), until - from};
    const iovec remote{reinterpret_cast<void*>(from), until - from};
    if (sys_call(SYS_process_vm_readv, sys_call(SYS_getpid), &local, 1, &remote, 1, 0) < 0) {
      source.refused = errno == EPERM || errno == ENOSYS;
      return false;  // without access, or just given back
    }
  }
  return true;
}

constexpr std::uint64_t kMaxParts = 16;
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
constexpr std::uint32_t kProbeBytes = 64;

bool same_window(std::uint64_t a, std::uint64_t b) {
  std::byte of_a[kProbeBytes] = {}, of_b[kProbeBytes] = {};
  Source from_a{a, false}, from_b{b, false};
  if (!read_region(&from_a, 0, kProbeBytes, of_a) || !read_region(&from_b, 0, kProbeBytes, of_b)) return false;
  for (std::uint32_t i = 0; i < kProbeBytes; ++i) {
    if (of_a[i] != of_b[i]) return false;
  }
  return true;
}

// Where in `whole` the bytes of `part` seem to be.
std::uint64_t offset_of(std::uint64_t part, std::uint64_t part_bytes, std::uint64_t whole, std::uint64_t whole_bytes) {
  if (part_bytes > whole_bytes / 4 * 3 || part_bytes < whole_bytes / kMaxParts) return kNowhere;
  for (std::uint64_t i = 0; i <= kMaxParts; ++i) {
    const bool is_last = (i + 1) * part_bytes > whole_bytes;
    const std::uint64_t offset = is_last ? whole_bytes - part_bytes : i * part_bytes;
    bool same = true;
    for (const std::uint64_t at : {part_bytes / 4, part_bytes / 2, part_bytes - kProbeBytes}) {
      same = same && same_window(part + at, whole + offset + at);
    }
    if (same) return offset;
    if (is_last) break;
  }
  return kNowhere;
}

}  // namespace

// A confined thread may not ask the kernel, nor always the clock.
bool Fingerprints::can_afford() {
  if (t_state.confined) return false;
  std::uint64_t began = 0;
  const std::uint64_t now = now_ns(CLOCK_MONOTONIC);
  if (began_ns_.compare_exchange_strong(began, now)) began = now;
  return spent_ns_.load(std::memory_order_relaxed) <= kAllowance + (now - began) / kShareOfTime;
}

bool Fingerprints::write(RingWriter& ring, std::uint32_t thread, std::uint64_t address, std::uint64_t bytes,
                         capture::PrintReason reason, WorkPlace& work) {
  Source source{address, false};
  const bool taken = fingerprint::take(bytes, read_region, &source, work.workspace, work.fingerprint);
  if (source.refused) over_.store(1, std::memory_order_relaxed);
  if (!taken) return false;
  const std::uint32_t count = work.fingerprint.count;
  const std::uint32_t words = kFingerprintWords + (count + 1) / 2;
  std::uint64_t* record = ring.reserve(words);
  if (record == nullptr) return false;
  record[1] = read_ticks();
  record[2] = address;
  record[3] = bytes;
  record[4] = count;
  NEXT(memcpy)(record + kFingerprintWords, work.fingerprint.samples, count * sizeof(fingerprint::Sample));
  ring.publish(record, {static_cast<std::uint32_t>(RecordType::kFingerprint), static_cast<std::uint32_t>(reason), words,
                        0, thread, 0});
  return true;
}

__attribute__((noinline, cold)) void Fingerprints::print(RingWriter& ring, std::uint32_t thread, std::uint64_t address,
                                                         std::uint64_t bytes, capture::PrintReason reason) {
  if (t_state.confined) return;
  WorkPlace* work = nullptr;
  for (WorkPlace& place : work_places_) {
    if (place.taken.exchange(1, std::memory_order_acquire) != 0) continue;
    work = &place;
    break;
  }
  if (work == nullptr) return;
  const std::uint64_t began = now_ns(CLOCK_THREAD_CPUTIME_ID);  // on a busy machine, not what others take
  const bool written = write(ring, thread, address, bytes, reason, *work);
  if (written && reason != capture::PrintReason::kPeak) print_ranges(ring, thread, address, bytes, reason, *work);
  spent_ns_.fetch_add(now_ns(CLOCK_THREAD_CPUTIME_ID) - began, std::memory_order_relaxed);
  work->taken.store(0, std::memory_order_release);
}

__attribute__((noinline)) void Fingerprints::print_ranges(RingWriter& ring, std::uint32_t thread, std::uint64_t address,
                                                          std::uint64_t bytes, capture::PrintReason reason,
                                                          WorkPlace& work) {
  if (living_.load(std::memory_order_relaxed) > kMaxCompared) return;
  for (Bucket& bucket : buckets_) {
    for (std::uint32_t place = 0; place < kPlaces; ++place) {
      const std::uint64_t other = bucket.addresses[place].load(std::memory_order_acquire);
      if (other <= 1 || other == address) continue;
      const std::uint64_t other_bytes = bucket.bytes[place];
      const bool is_part = bytes < other_bytes;
      const std::uint64_t whole = is_part ? other : address, whole_bytes = is_part ? other_bytes : bytes;
      const std::uint64_t part = is_part ? address : other, part_bytes = is_part ? bytes : other_bytes;
      const std::uint64_t offset = offset_of(part, part_bytes, whole, whole_bytes);
      if (offset != kNowhere && can_afford()) write(ring, thread, whole + offset, part_bytes, reason, work);
    }
  }
}

// Largest first would be better where time runs out; where it does, buffers are many and none is the array.
void Fingerprints::print_all(RingWriter& ring, std::uint32_t thread, capture::PrintReason reason) {
  for (Bucket& bucket : buckets_) {
    for (std::uint32_t place = 0; place < kPlaces; ++place) {
      const std::uint64_t address = bucket.addresses[place].load(std::memory_order_acquire);
      if (address <= 1 || !can_afford()) continue;
      print(ring, thread, address, bucket.bytes[place], reason);
    }
  }
}

// A new high counts when it is one by a sixteenth: a program that grows by small steps looks at each buffer some dozen
// times, not at every step.
__attribute__((noinline, cold)) void Fingerprints::born(RingWriter& ring, std::uint32_t thread, std::uint64_t address,
                                                        std::uint64_t bytes) {
  if (over_.load(std::memory_order_relaxed) != 0) return;
  const std::uint64_t total = total_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const std::uint64_t high = high_.load(std::memory_order_relaxed);
  if (total >= high + high / 16 + (1u << 20)) {
    high_.store(total, std::memory_order_relaxed);
    print_all(ring, thread, capture::PrintReason::kPeak);
  }
  Bucket& bucket = buckets_[mix(0, address) >> 32 & (kBuckets - 1)];
  for (std::uint32_t place = 0; place < kPlaces; ++place) {
    std::uint64_t expected = 0;
    // 1 is no address: the place is taken, and nobody looks at its size before it is there.
    if (!bucket.addresses[place].compare_exchange_strong(expected, 1, std::memory_order_acquire)) continue;
    bucket.bytes[place] = bytes;
    bucket.addresses[place].store(address, std::memory_order_release);
    living_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  total_.fetch_sub(bytes, std::memory_order_relaxed);
}

void Fingerprints::remove(RingWriter& ring, std::uint32_t thread, Bucket& bucket, std::uint32_t place,
                          std::uint64_t address) {
  const std::uint64_t bytes = bucket.bytes[place];
  if (!bucket.addresses[place].compare_exchange_strong(address, 0, std::memory_order_acq_rel)) return;
  living_.fetch_sub(1, std::memory_order_relaxed);
  total_.fetch_sub(bytes, std::memory_order_relaxed);
  if (over_.load(std::memory_order_relaxed) == 0 && can_afford()) {
    print(ring, thread, address, bytes, capture::PrintReason::kFree);
  }
}

__attribute__((noinline)) void Fingerprints::ended(RingWriter& ring, std::uint32_t thread, std::uint64_t address) {
  Bucket& bucket = buckets_[mix(0, address) >> 32 & (kBuckets - 1)];
  for (std::uint32_t place = 0; place < kPlaces; ++place) {
    if (bucket.addresses[place].load(std::memory_order_relaxed) == address) {
      return remove(ring, thread, bucket, place, address);
    }
  }
}

// Any part of it: what is left is another buffer.
__attribute__((noinline, cold)) void Fingerprints::unmapped(RingWriter& ring, std::uint32_t thread, std::uint64_t begin,
                                                            std::uint64_t bytes) {
  for (Bucket& bucket : buckets_) {
    for (std::uint32_t place = 0; place < kPlaces; ++place) {
      const std::uint64_t address = bucket.addresses[place].load(std::memory_order_acquire);
      if (address <= 1 || address >= begin + bytes || address + bucket.bytes[place] <= begin) continue;
      remove(ring, thread, bucket, place, address);
    }
  }
}

void Fingerprints::before_mark(RingWriter& ring, std::uint64_t min_bytes, std::uint32_t thread, const char* name) {
  if (min_bytes == 0 || over_.load(std::memory_order_relaxed) != 0) return;
  const bool begins = strcmp(name, "begin") == 0;
  if (begins) {  // what was before does not count, neither as a high nor as time
    high_.store(total_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    spent_ns_.store(0, std::memory_order_relaxed);
  }
  print_all(ring, thread, capture::PrintReason::kMark);
  if (strcmp(name, "end") == 0) over_.store(1, std::memory_order_relaxed);
}

void Fingerprints::at_exit(RingWriter& ring, std::uint64_t min_bytes, std::uint32_t thread) {
  if (min_bytes == 0 || over_.exchange(1, std::memory_order_relaxed) != 0) return;
  over_.store(1, std::memory_order_relaxed);
  spent_ns_.store(0, std::memory_order_relaxed);
  print_all(ring, thread, capture::PrintReason::kEnd);
}

}  // namespace chunkmark::trace
