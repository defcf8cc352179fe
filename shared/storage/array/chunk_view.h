// ChunkSource and ChunkDest: the serial bytes of one chunk, seen through the array that they come from or go
// to.
//
// Codecs work on serial offsets. Where the memory already holds the serial bytes, direct() lends them;
// elsewhere (strided views, padding of edge chunks, the other byte order) gather() and scatter() go through
// the codec's bounded scratch. Both borrow the array. Const calls are safe from several threads; ChunkDest
// calls are when their ranges are disjoint. Offsets and sizes passed in must be multiples of the element
// size.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "storage/array/chunk_rows.h"

namespace chunkmark::array {

// How the stored form differs from memory.
struct ChunkForm {
  Shape chunk_shape;
  bool swap_bytes = false;  // stored in the other byte order
  Element fill{};           // what padding holds
};

// Rows of at least this many bytes are given to the operating system one by one; shorter ones are gathered
// first, because then the call for each costs more than the copy.
inline constexpr std::size_t kDirectRunBytes = 4096;

// Runs handed out at a time: 256 x 16 bytes of descriptors, and few enough calls that each moves a megabyte
// or more.
inline constexpr std::size_t kRunsPerBatch = 256;

// Padding is lent from a block of this size, repeated.
inline constexpr std::size_t kPaddingBytes = 64 * 1024;

class ChunkSource {
 public:
  // `view` is what lies inside the array, at `in_chunk` of the chunk; the rest of the chunk is padding.
  ChunkSource(Source view, const Region& in_chunk, const ChunkForm& form);

  std::uint64_t bytes() const { return rows_.bytes(); }
  DType dtype() const { return view_.dtype; }
  // The chunk's shape, the part of it that the view covers, and the view: for codecs that cut the chunk up.
  const Shape& shape() const { return shape_; }
  const Region& in_chunk() const { return in_chunk_; }
  const Source& view() const { return view_; }

  // Memory that holds exactly these serial bytes; null when they must be gathered.
  const std::byte* direct(std::uint64_t offset, std::uint64_t bytes) const;
  // Fills `out` with serial bytes from `offset` on.
  void gather(std::uint64_t offset, MutableByteView out) const;

  // Whether lend_runs() is worth it: runs are long and stored as they are in memory.
  bool has_long_runs() const { return !swap_ && rows_.run_bytes() >= kDirectRunBytes; }
  // Hands out all serial bytes in order, as batches of runs of the array's own memory and of padding.
  using TakeRuns = std::function<void(std::span<const ByteView>)>;
  void lend_runs(const TakeRuns& take) const;

 private:
  Source view_;
  Shape shape_;
  Region in_chunk_;
  ChunkRows rows_;
  bool swap_;
  Element fill_;
};

class ChunkDest {
 public:
  // `view` takes the elements at `in_chunk` of the chunk; the rest of the chunk is dropped.
  ChunkDest(Dest view, const Region& in_chunk, const ChunkForm& form);

  std::uint64_t bytes() const { return rows_.bytes(); }
  DType dtype() const { return view_.dtype; }
  // As ChunkSource's.
  const Shape& shape() const { return shape_; }
  const Region& in_chunk() const { return in_chunk_; }
  const Dest& view() const { return view_; }

  // Memory into which exactly these serial bytes can be put, to be followed by landed(); null when they must
  // be scattered.
  std::byte* direct(std::uint64_t offset, std::uint64_t bytes) const;
  // Finishes bytes put into direct() memory.
  void landed(std::uint64_t offset, std::uint64_t bytes) const;
  // Distributes serial bytes; `bytes` is scratch and is overwritten.
  void scatter(std::uint64_t offset, MutableByteView bytes) const;
  // Whether the view takes any of these serial bytes (may say yes for some that lie between wanted ones).
  bool wants(std::uint64_t offset, std::uint64_t bytes) const {
    return offset < rows_.covered_end() && offset + bytes > rows_.covered_begin();
  }

  // The serial bytes outside of which nothing is wanted.
  std::uint64_t wanted_begin() const { return rows_.covered_begin(); }
  std::uint64_t wanted_end() const { return rows_.covered_end(); }

  // Whether lend_runs() is worth it.
  bool has_long_runs() const { return rows_.run_bytes() >= kDirectRunBytes; }
  // Hands out the view's memory in order, as batches of runs that are adjacent in the serial form from
  // `offset` on; `put` must fill each with its serial bytes.
  using PutRuns = std::function<void(std::uint64_t offset, std::span<const MutableByteView> runs)>;
  void lend_runs(const PutRuns& put) const;

 private:
  Dest view_;
  Shape shape_;
  Region in_chunk_;
  ChunkRows rows_;
  bool swap_;
};

// Reverses the bytes of every word.
void swap_words(MutableByteView bytes, std::size_t word_bytes);

// Repeats `element` (empty: zeros) over `out`, which begins `phase` bytes into an element.
void repeat_element(MutableByteView out, ByteView element, std::size_t phase);

}  // namespace chunkmark::array
