// HashIndex: one dataset path's hash table as a writer needs it: the rows as the file has them, and where in raw_data a
// chunk with a given hash is.
//
// Loaded once, then appended to. Memory: 48 bytes a row and 4 to 8 to find it. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/versioned/sha256.h"

namespace chunkmark::versioned {

class HashIndex {
 public:
  static constexpr std::size_t kRowBytes = 48;  // a hash, first row, end row

  // A row that is not to be found (it points nowhere) still has its place in the table.
  void add(const Digest& hash, std::uint64_t start, std::uint64_t stop, bool usable = true);
  // The first row in raw_data of the chunk with that hash.
  std::optional<std::uint64_t> find(const Digest& hash) const;

  std::uint64_t size() const { return rows_.size() / kRowBytes; }
  ByteView rows() const { return rows_; }
  void clear() { *this = HashIndex(); }

 private:
  void grow();
  void place(std::uint32_t row);

  std::vector<std::byte> rows_;
  std::vector<std::uint32_t> slots_;  // row + 1 by hash, open addressing; 0 is empty
  std::uint32_t used_ = 0;
};

}  // namespace chunkmark::versioned
