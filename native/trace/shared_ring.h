// SharedRing: the launcher's end of the shared memory that traced processes write to (ring.h).
// Owns the memfd and its mappings. One thread reads.
#pragma once

#include <memory>
#include <string>

#include "native/trace/ring.h"

namespace chunkmark::trace {

class SharedRing {
 public:
  SharedRing();
  ~SharedRing();
  SharedRing(const SharedRing&) = delete;
  SharedRing& operator=(const SharedRing&) = delete;

  Control& control() { return *control_; }
  const Control& control() const { return *control_; }
  // The path that a traced process opens; good while this process lives.
  std::string path() const;

  // Slot i, whose owner has filled it in; null while it is free or being claimed.
  Slot* ready_slot(std::uint32_t i);
  // Slot i's ring, mapped twice in a row.
  std::byte* ring(std::uint32_t i);
  // Gives slot i back: its owner is gone and its records are read.
  void release(std::uint32_t i);

 private:
  struct View {
    Slot* slot = nullptr;
    std::byte* ring = nullptr;
  };
  int file_ = -1;
  Control* control_ = nullptr;
  View views_[kSlots];
};

}  // namespace chunkmark::trace
