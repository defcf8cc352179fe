// RingWriter: reserves and publishes records in this process's slot. Many threads at once. Protocol: ring.h.
#pragma once

#include "native/trace/ring.h"

namespace chunkmark::trace {

// Trivial on purpose: it lives in memory that a fork wipes to zero.
class RingWriter {
 public:
  // Claims and maps a free slot of the shared memory behind `file`. False if no slot is free.
  bool attach(int file, Control* control);

  Slot* slot() const { return slot_; }
  std::uint64_t fingerprint_bytes() const { return control_->fingerprint_bytes; }
  bool active() const { return control_->active.load(std::memory_order_relaxed) != 0; }

  // Room for `words` 8-byte words, valid until published; waits while the ring is full. Null once the launcher is gone.
  std::uint64_t* reserve(std::uint32_t words) {
    if (__builtin_expect(slot_ == nullptr, 0)) return nullptr;  // a handler forked inside a hook: this is the child
    const std::uint64_t bytes = std::uint64_t{words} * 8;
    const std::uint64_t at = slot_->head.fetch_add(bytes, std::memory_order_relaxed);
    if (__builtin_expect(at + bytes - slot_->tail.load(std::memory_order_acquire) > kRingBytes, 0)) {
      if (!wait_for_room(at + bytes)) return nullptr;
    }
    return reinterpret_cast<std::uint64_t*>(ring_ + at % kRingBytes);
  }

  // Gives the reader a moment. False once there is none.
  bool await_reader();

  void publish(std::uint64_t* record, RecordHead head) {
    std::uint64_t word;
    __builtin_memcpy(&word, &head, sizeof word);
    __atomic_store_n(record, word, __ATOMIC_RELEASE);
  }

 private:
  bool map_slot(int file, std::uint32_t i);
  bool wait_for_room(std::uint64_t end);

  Control* control_;
  Slot* slot_;
  std::byte* ring_;  // mapped twice in a row, so that no record is ever split
};

}  // namespace chunkmark::trace
