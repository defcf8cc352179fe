// TagRun: the part of a HashIndex that is too large for memory: its slots, sorted, in a scratch file.
//
// Tags are spread evenly (they are of SHA-256), so that a slot's place follows from its tag within a few hundred slots:
// a search is one read of 4 KiB, rarely two. Memory: one such piece, and while merging two of 16 KiB. Owns the file.
// Not thread-safe. Errors: those of the file; a merge that fails leaves the run as it was.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "bytes/random_access.h"

namespace chunkmark::versioned {

// An empty file that nobody else sees and that goes away with the object; null where the host has none.
using CreateScratch = std::function<std::unique_ptr<bytes::RandomAccess>()>;

class TagRun {
 public:
  // `sorted` goes in between. The new run is written to `file`, which takes the place of the old one.
  void merge(std::span<const std::uint64_t> sorted, std::unique_ptr<bytes::RandomAccess> file);
  // Calls visit(slot) for the slots from `first` on, in ascending order, until it returns false.
  void visit_from(std::uint64_t first, const std::function<bool(std::uint64_t)>& visit) const;

 private:
  std::uint64_t read(std::uint64_t at) const;
  std::uint64_t lower_bound(std::uint64_t slot) const;

  std::unique_ptr<bytes::RandomAccess> file_;
  std::uint64_t count_ = 0;
  mutable std::vector<std::uint64_t> piece_;  // slots from piece_first_ on, as the file has them
  mutable std::uint64_t piece_first_ = 0;
};

}  // namespace chunkmark::versioned
