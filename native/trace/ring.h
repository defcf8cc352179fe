// The shared memory between traced processes and the launcher: one slot per process, each with a ring of raw records.
//
// The launcher makes one memfd and hands its path (/proc/PID/fd/N) down in the environment variable kRingVariable.
// A traced process claims a free slot, maps it, and writes records; the launcher drains them. Everything the tracer
// needs to remember lives here rather than on the traced program's heap, and counts as shared memory, not as
// anonymous or file-backed, so that it does not blur what is measured.
//
// Many threads write, one launcher thread reads. A writer reserves space by adding to `head`, fills the record, then
// stores its first word with release order. The reader stops at a first word of zero, and zeroes what it has read
// before it moves `tail`. So a process killed between the two steps loses what comes after, never what came before.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "native/trace/preload/call_frame.h"
#include "native/trace/preload/fingerprints.h"
#include "native/trace/preload/large_blocks.h"
#include "native/trace/preload/stack_memory.h"

namespace chunkmark::trace {

constexpr char kRingVariable[] = "CHUNKMARK_RING";
constexpr std::uint64_t kRingMagic = 0x34474e49524b4d43;  // "CMKRING4": the layout of records

constexpr std::uint32_t kSlots = 128;          // processes alive at once; further ones run untraced and are counted
constexpr std::uint32_t kCounterRows = 256;    // threads with counters of their own; the rest share the last row
constexpr std::uint32_t kStackMemories = 256;  // threads whose stacks are remembered; 32 KiB each, touched as used
constexpr std::uint32_t kStackTableSize = 1u << 20;        // 12 bytes each, touched as used
constexpr std::uint32_t kMaxStacks = kStackTableSize / 2;  // a fuller table is cleared and begun again
constexpr std::uint64_t kRingBytes = 8u << 20;             // about 260,000 allocations in flight
constexpr std::uint32_t kPythonTableSize = 1u << 16;       // distinct lines of Python on stacks, about
constexpr std::uint32_t kScratches = 512;                  // threads that look at their stacks at once
constexpr std::uint64_t kEvaluationBit = std::uint64_t{1} << 63;
constexpr std::uint32_t kMaxFrames = 384;             // deeper stacks lose their outermost frames
constexpr std::uint64_t kStackThresholdBytes = 4096;  // copies below it are counted, not recorded
constexpr std::size_t kCommandBytes = 1024;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::uint32_t kMarkWords = 6;         // a mark's record without the name
constexpr std::uint32_t kFingerprintWords = 5;  // a fingerprint's record without the samples

enum class RecordType : std::uint32_t {
  kPad = 0,          // never complete: a first word of zero means "not written yet"
  kEvent = 1,        // payload: ticks, a, b, of a copy its source; the event's kind stands in the first word
  kStack = 2,        // payload: number of native frames; these (return addresses, innermost first; kEvaluationBit
                     // set in Python's evaluation loop); then Python frames (number * 2, + 1 if the loop was entered
                     // for it)
  kModule = 4,       // payload: base address, begin, end, path bytes; takes the place of what lay there before
  kMark = 5,         // payload: ticks, small copies, small copy bytes, resident bytes (anonymous, file), name bytes
  kPythonFrame = 6,  // payload: number, line, then "function\0file\0"
  kFingerprint = 7,  // payload: ticks, address, bytes, number of samples, samples (u32); kind: the PrintReason
  kTouched = 12,     // payload: ticks, address, then a bit per page from there on: set if it is in memory
  kDiscard = 13,     // payload: ticks, address, bytes: their pages are given back; `spare` 1: of a shared object too
  kSharedMap = 14,   // payload: ticks, address, bytes, device, inode (both 0: anonymous), offset
};

// The first word of a record. It is never zero, since type is not.
struct RecordHead {
  std::uint32_t type : 4;
  std::uint32_t kind : 6;    // an EventKind
  std::uint32_t words : 12;  // the record's length in 8-byte words, this one included
  std::uint32_t spare : 10;  // bytes of the last word that are not used (texts)
  std::uint32_t thread : 12;
  std::uint32_t stack : 20;  // number of a stack in this process; 0 = none
};
static_assert(sizeof(RecordHead) == 8);
constexpr std::uint32_t kMaxRecordWords = (1u << 12) - 1;
constexpr std::uint32_t kMaxThread = (1u << 12) - 1;  // later threads share this number
static_assert(kMaxStacks <= 1u << 20);

struct alignas(64) CounterRow {
  std::atomic<std::uint64_t> small_copies;
  std::atomic<std::uint64_t> small_copy_bytes;
};

// What Slot::python_not_read says: the version as Py_Version has it (3.14 is 0x030e), or that it is older than 3.11,
// which is when interpreters began to tell.
constexpr std::uint32_t kPythonBefore311 = 1;
constexpr std::uint32_t kPythonFreeThreaded = 1u << 16;  // added to the version

enum SlotState : std::uint32_t { kSlotFree = 0, kSlotClaimed = 1, kSlotReady = 2 };

// Working memory of one thread in the tracer, so that it needs little of the thread's stack.
struct alignas(64) Scratch {
  std::atomic<std::uint32_t> taken;
  std::byte bytes[16384 - 64];
};

struct Slot {
  std::atomic<std::uint32_t> state;
  std::int32_t pid;
  std::int32_t parent_pid;
  char command[kCommandBytes];    // argv joined by spaces, NUL-terminated
  std::uint32_t forked;           // 1: the process is a fork of parent_pid, whose shared mappings it has
  std::uint64_t inherited_bytes;  // anonymous memory that was resident when the process attached
  // A thread that wants all pages looked at adds to `looks_wanted` and waits until `looks_done` is as high: at a mark,
  // before the process exits.
  std::atomic<std::uint64_t> looks_wanted, looks_done;
  LargeBlocks large_blocks;
  alignas(64) std::atomic<std::uint64_t> head;
  alignas(64) std::atomic<std::uint64_t> tail;
  alignas(64) std::atomic<std::uint32_t> next_thread;
  std::atomic<std::uint32_t> next_stack;
  std::atomic<std::uint32_t> next_python;
  std::atomic<std::uint32_t> python_not_read;  // an interpreter whose frames are not read; 0 = none
  CounterRow counters[kCounterRows];
  alignas(4096) Scratch scratches[kScratches];
  StepCache steps;
  alignas(4096) Fingerprints fingerprints;
  alignas(4096) StackMemory stack_memories[kStackMemories];
  alignas(4096) std::atomic<std::uint64_t> stack_hashes[kStackTableSize];
  std::atomic<std::uint32_t> stack_numbers[kStackTableSize];
  alignas(4096) std::atomic<std::uint64_t> python_hashes[kPythonTableSize];
  std::atomic<std::uint32_t> python_numbers[kPythonTableSize];
  alignas(4096) std::byte ring[kRingBytes];
};

// A program that ran without the preload library, and why.
struct UntracedProgram {
  std::atomic<std::uint32_t> told;  // 1: what follows is whole, and holds
  std::uint32_t kind;               // a ProgramKind
  std::int32_t pid;
  char path[244];  // as it was named, NUL-terminated; the end of a longer one
};
constexpr std::uint32_t kUntracedPrograms = 64;  // further ones are only counted

struct alignas(4096) Control {
  std::uint64_t magic;
  std::uint64_t slot_bytes;              // sizeof(Slot): a preload library of another version must not attach
  std::atomic<std::uint32_t> active;     // 0: stop recording
  std::atomic<std::uint32_t> attached;   // processes that ever claimed a slot
  std::atomic<std::uint32_t> refused;    // processes that found no free slot, or no way to this memory
  std::atomic<std::uint32_t> untraced;   // programs ever told of below...
  std::atomic<std::uint32_t> withdrawn;  // ... that did not start after all
  UntracedProgram untraced_programs[kUntracedPrograms];
  pthread_mutex_t launcher_lives;   // robust, held by the launcher: the kernel marks it when the launcher dies
  std::uint64_t fingerprint_bytes;  // buffers from this size on are looked at; 0: none
};

constexpr std::uint64_t slot_offset(std::uint32_t slot) {
  return sizeof(Control) + slot * std::uint64_t{sizeof(Slot)};
}
constexpr std::uint64_t kSharedBytes = slot_offset(kSlots);

}  // namespace chunkmark::trace
