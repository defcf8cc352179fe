// Event: one thing that a traced process did. Nothing downstream knows where an event came from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "instrument/capture/print_reason.h"

namespace chunkmark::capture {

enum class EventKind : std::uint8_t {
  kAllocate = 1,         // address, bytes: a block of the allocation family came to life
  kFree = 2,             // address: it ended
  kReallocFree = 3,      // address: realloc begins; the block is gone until the thread's next kReallocAllocate
  kReallocAllocate = 4,  // address, bytes: realloc's result; address 0: it failed and the old block lives on
  kMap = 5,              // address, bytes: anonymous writable memory mapped, which counts whole
  kUnmap = 6,            // address, bytes: any mapping removed (only its overlap with known ones counts)
  kCopy = 7,             // bytes, and address and source: one call of the memcpy family, 4 KiB or more
  kTransferIn = 8,       // bytes: from the kernel (read, recv and kin)
  kTransferOut = 9,      // bytes: to the kernel (write, send and kin)
  kMapPages = 10,        // as kMap, but it counts by its touched pages, which kPages tells; none at first
  kMapShared = 11,       // as kMapPages, of shared memory (tmpfs, memfd, shared anonymous)
  kPages = 12,           // address of a mapping's first byte or of a block, bytes: so much of it is touched now
};
constexpr int kEventKinds = 13;

// Of memory that comes or goes. A copy's two addresses are told apart from these, and not by older captures.
constexpr bool has_address(EventKind kind) {
  return kind < EventKind::kCopy || kind > EventKind::kTransferOut;
}
constexpr bool has_bytes(EventKind kind) {
  return kind != EventKind::kFree && kind != EventKind::kReallocFree;
}

// Mappings of this size and more count by their touched pages. What smaller ones waste is small, and they are many. Of
// blocks of this size and more it is told what of them was touched.
constexpr std::uint64_t kLargeBytes = 1 << 20;

struct Event {
  EventKind kind;
  std::uint32_t thread;   // small index in order of appearance, 0 = the main thread
  std::uint32_t stack;    // node of the StackTree; 0 = unknown
  std::uint64_t time_ns;  // since the capture began
  std::uint64_t address;
  std::uint64_t bytes;
  std::uint64_t source = 0;  // kCopy: where the bytes came from; 0 if not known
  // Of other tools' files, which tell sums: kAllocate, blocks that came at once and end at once, kCopy, calls; `bytes`
  // are those of all.
  std::uint32_t count = 1;
};

// A named moment. The copies below the stack threshold are counted by thread and reported at each mark, cumulative.
struct Mark {
  std::string name;
  std::uint32_t thread;
  std::uint64_t time_ns;
  std::uint64_t small_copies;
  std::uint64_t small_copy_bytes;
  // Resident memory at this moment, as the process itself asked for it: what lies between two marks may be over before
  // the next sample. Both 0 where it is not known.
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;

  bool knows_resident() const { return anonymous_bytes != 0 || file_bytes != 0; }
};

// What a living buffer held at a moment: its fingerprint (instrument/fingerprint). Stands between the events before and
// after it.
struct ContentPrint {
  PrintReason reason;
  std::uint64_t time_ns;
  std::uint64_t address;
  std::uint64_t bytes;
  std::vector<std::uint32_t> samples;
};

// Resident memory of one process at a moment, as the kernel tells it.
struct ResidentSample {
  std::uint64_t time_ns;
  std::uint64_t anonymous_bytes;
  std::uint64_t file_bytes;
};

// The heap of one process at a moment, where that is told by itself and not by events (other tools' files).
struct HeapSample {
  std::uint64_t time_ns;
  std::uint64_t bytes;
};

// What one process had mapped at a moment, where anonymous memory is resident. Source: proc(5), /proc/PID/smaps.
struct MappedRange {
  std::uint64_t begin, end;
  std::uint64_t anonymous_bytes;  // resident
  std::string name;               // of the file, or what the kernel calls it ("[heap]", "[stack]"); may be empty
};
struct MemoryMap {
  std::uint64_t time_ns;
  std::uint64_t anonymous_bytes;  // resident, of the whole process
  std::vector<MappedRange> ranges;
};

}  // namespace chunkmark::capture
