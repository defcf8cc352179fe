// Plain reads: boxes of what lies dense and unfiltered in a file, straight into the caller's memory.
//
// Runs that follow one another in the file become one read, wherever they belong in memory; short ones are read with
// the gaps between them. Errors: kCorrupt, naming the dataset, for what the file does not have. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bytes/random_access.h"
#include "storage/array/view.h"

namespace chunkmark::hdf5 {

class ReadBatch {
 public:
  // `what` is borrowed.
  explicit ReadBatch(std::string_view what) : what_(what) {}
  // The bytes are there after flush(). The file must live as long.
  void add(const bytes::RandomAccess& file, std::uint64_t offset, std::byte* to, std::uint64_t bytes);
  void flush();
  std::string_view what() const { return what_; }

 private:
  std::string_view what_;
  const bytes::RandomAccess* file_ = nullptr;
  std::uint64_t offset_ = 0, bytes_ = 0;
  std::array<MutableByteView, 128> runs_;  // the first count_, one after the other in the file from offset_ on
  std::size_t count_ = 0;
};

// Errors: kCorrupt, naming `what`, unless the file has those bytes.
void check_file(const bytes::RandomAccess& file, std::uint64_t offset, std::uint64_t bytes, std::string_view what);

// Bytes that follow one another without a gap from a box's first element: whole last axes and a run of the next one.
std::uint64_t contiguous_bytes(std::span<const std::uint64_t> shape, std::span<const std::int64_t> strides,
                               std::uint64_t element_bytes);
std::uint64_t offset_of(const array::Shape& start, const array::Strides& strides);

// `box` of an array that lies at `offset` with strides `stored`. `scratch` grows as it must and may be used again.
void read_plain(const bytes::RandomAccess& file, std::uint64_t offset, const array::Region& box,
                const array::Strides& stored, const array::Dest& dest, std::vector<std::byte>& scratch,
                ReadBatch& batch);

}  // namespace chunkmark::hdf5
