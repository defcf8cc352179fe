// Fingerprints: what this process's large buffers hold, written down when it can still be told.
//
// Keeps a table of the living blocks and mappings of Control::fingerprint_bytes and more, and takes the fingerprint
//   * of one that ends, before it is given back: whatever was put into it, it holds now;
//   * of all at a mark and at the exit;
//   * of all when their sum reaches a new high, before the call that makes it returns: so each holds what it held
//     at that peak, and the new one, which nobody has filled yet, is looked at later.
// A buffer's content at the peak is then told by its last fingerprint before it and its first one after.
//
// An array is often fetched, or written, in parts. So of the buffer that ends, or of each at a mark, it is asked
// whether it holds what a larger one has at a multiple of its own size or at its end: three windows of 64 bytes tell
// where, and of that range of the larger one a fingerprint is taken as if it were a buffer.
//
// Pages are read through the kernel, and only those that are there: nothing faults, nothing is touched that was not,
// and memory that another thread gives back meanwhile is an error of a call. Where the kernel refuses (seccomp) there
// are no fingerprints. A fingerprint costs about 0.5 ms; those of buffers that end and of new highs stop at kAllowance
// of CPU time and one part of 32 of the run's time, so that a loop over arrays of some MB is not slowed down.
//
// Plain data, zero at first: it lives in the slot (ring.h). Any thread, within begin_recording/end_recording. Takes no
// lock: a thread that finds all work places taken goes without. Allocates nothing and needs few bytes of stack.
#pragma once

#include <atomic>
#include <cstdint>

#include "instrument/capture/event.h"
#include "instrument/capture/print_reason.h"
#include "instrument/fingerprint/fingerprint.h"

namespace chunkmark::trace {

class RingWriter;

class Fingerprints {
 public:
  // Before the event's record: of what ends with it, or of what lives when it makes a new high. min_bytes: 0 for none.
  void before_event(RingWriter& ring, std::uint64_t min_bytes, std::uint32_t thread, capture::EventKind kind,
                    std::uint64_t address, std::uint64_t bytes) {
    if (__builtin_expect(min_bytes == 0, 1)) return;
    switch (kind) {
      case capture::EventKind::kAllocate:
      case capture::EventKind::kReallocAllocate:
      case capture::EventKind::kMap:
        if (__builtin_expect(bytes >= min_bytes && address != 0, 0)) born(ring, thread, address, bytes);
        break;
      case capture::EventKind::kFree:
      case capture::EventKind::kReallocFree:
        if (__builtin_expect(living_.load(std::memory_order_relaxed) != 0, 0)) ended(ring, thread, address);
        break;
      case capture::EventKind::kUnmap:
        if (__builtin_expect(living_.load(std::memory_order_relaxed) != 0, 0)) unmapped(ring, thread, address, bytes);
        break;
      default:
        break;
    }
  }
  // Before the mark's record. After the mark "end" nothing more is told of the window.
  void before_mark(RingWriter& ring, std::uint64_t min_bytes, std::uint32_t thread, const char* name);
  void at_exit(RingWriter& ring, std::uint64_t min_bytes, std::uint32_t thread);

 private:
  static constexpr std::uint32_t kBuckets = 128;  // of 8 places each: more large buffers at once are not looked at
  static constexpr std::uint32_t kPlaces = 8;     // one cache line of addresses
  static constexpr std::uint32_t kWorkPlaces = 4;
  static constexpr std::uint32_t kMaxCompared = 64;         // more living buffers are not looked for in each other
  static constexpr std::uint64_t kAllowance = 100'000'000;  // ns
  static constexpr std::uint32_t kShareOfTime = 32;

  struct alignas(64) Bucket {
    std::atomic<std::uint64_t> addresses[kPlaces];  // 0: free
    std::uint64_t bytes[kPlaces];
  };
  struct WorkPlace {
    std::atomic<std::uint32_t> taken;
    fingerprint::Workspace workspace;
    fingerprint::Fingerprint fingerprint;
  };

  void born(RingWriter& ring, std::uint32_t thread, std::uint64_t address, std::uint64_t bytes);
  void ended(RingWriter& ring, std::uint32_t thread, std::uint64_t address);
  void unmapped(RingWriter& ring, std::uint32_t thread, std::uint64_t begin, std::uint64_t bytes);
  void remove(RingWriter& ring, std::uint32_t thread, Bucket& bucket, std::uint32_t place, std::uint64_t address);
  void print_all(RingWriter& ring, std::uint32_t thread, capture::PrintReason reason);
  void print(RingWriter& ring, std::uint32_t thread, std::uint64_t address, std::uint64_t bytes,
             capture::PrintReason reason);
  void print_ranges(RingWriter& ring, std::uint32_t thread, std::uint64_t address, std::uint64_t bytes,
                    capture::PrintReason reason, WorkPlace& work);
  bool write(RingWriter& ring, std::uint32_t thread, std::uint64_t address, std::uint64_t bytes,
             capture::PrintReason reason, WorkPlace& work);
  bool can_afford();

  std::atomic<std::uint32_t> living_;
  std::atomic<std::uint32_t> over_;  // the window has ended, or the kernel refuses
  std::atomic<std::uint64_t> total_, high_;
  std::atomic<std::uint64_t> began_ns_, spent_ns_;
  Bucket buckets_[kBuckets];
  WorkPlace work_places_[kWorkPlaces];
};

}  // namespace chunkmark::trace
