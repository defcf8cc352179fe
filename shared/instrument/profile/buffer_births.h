// BufferBirths: the large buffers that came to life within the window, whether or not they lived at the heap peak, and
// those that were grown by one reallocation after another.
//
// A reallocation is no new buffer. Captures tell it as such; other tools write a free and an allocation, which are
// taken for one when no event of the thread stands between them, or when a sum of the same stack ends and begins at the
// same moment. Memory: the live buffers that were ever reallocated, and a bounded number of rows. Not thread-safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <vector>

#include "instrument/capture/event.h"

namespace chunkmark::profile {

struct BornBuffers {
  std::uint32_t stack = 0;
  std::uint64_t bytes = 0;       // of each
  std::uint64_t from_bytes = 0;  // what it was before it was reallocated; 0: it is new
  std::uint64_t count = 0;
};

// One buffer's way from its first size to its last.
struct Growth {
  std::uint32_t stack = 0;  // of the last reallocation
  std::uint32_t steps = 0;  // those that made it half as large again, or more
  std::uint64_t first_bytes = 0, last_bytes = 0;
  std::uint64_t outgrown_bytes = 0;  // the sum of the sizes that it grew out of
};

class BufferBirths {
 public:
  // `event` ends a block of `stack`.
  void ended(const capture::Event& event, std::uint32_t stack, std::uint64_t bytes);
  // After `event` was applied, whatever it is. free_may_resize: the source has no event of its own for realloc.
  void add(const capture::Event& event, bool free_may_resize);
  void open_window();

  // By stack and size, as they came first.
  std::vector<BornBuffers> born() const;
  // Of each stack the buffer that grew most, largest first.
  std::vector<Growth> growths() const;

 private:
  struct Ended {
    std::uint64_t address = 0, bytes = 0;
  };
  struct LastOfStack {
    std::uint64_t time_ns = 0, bytes = 0;
  };
  void grow(const capture::Event& event, const Ended& from);
  void keep(const Growth& growth);

  std::vector<Ended> ended_;  // by thread: what its last event ended; 0 bytes: nothing
  std::map<std::uint32_t, LastOfStack> sums_;
  boost::unordered_flat_map<std::uint64_t, Growth> growing_;  // by address
  std::map<std::uint32_t, Growth> grown_;                     // by stack
  std::map<std::pair<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>>, std::uint64_t> born_;
};

}  // namespace chunkmark::profile
