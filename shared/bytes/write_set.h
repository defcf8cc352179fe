// WriteSet: writes that are held back, as bytes by offset; a later one replaces what it overlaps.
//
// Owns copies of the bytes. Extents never overlap. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::bytes {

class WriteSet {
 public:
  void write(std::uint64_t offset, ByteView bytes);
  void clear() { extents_.clear(); }
  bool empty() const { return extents_.empty(); }

  // Whether all of [offset, offset + size) is held.
  bool covers(std::uint64_t offset, std::uint64_t size) const;
  // Puts what is held over `run`, which has the bytes from `offset` on as they were before.
  void patch(std::uint64_t offset, MutableByteView run) const;
  // Forgets what lies at `end` and after.
  void cut(std::uint64_t end);

  const std::map<std::uint64_t, std::vector<std::byte>>& extents() const { return extents_; }

 private:
  std::map<std::uint64_t, std::vector<std::byte>> extents_;
};

}  // namespace chunkmark::bytes
