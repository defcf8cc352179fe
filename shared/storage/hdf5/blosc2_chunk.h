// Blosc2Chunk: one chunk of Blosc2's: a header of 32 bytes, where its blocks start, the blocks.
//
// Read block by block into the caller's bytes, so that nobody needs the whole chunk where its blocks go different ways.
// Borrows the stored bytes; owns two blocks of scratch, and a third where blocks are differences to the first. Every
// size is checked before anything is read or allocated: a block is never larger than the chunk, and the caller compares
// bytes() with what it has room for. Not thread-safe. Errors: kCorrupt; kUnsupported for chunks that point to other
// files (lazy ones), dictionaries, plug-in codecs and filters. Source: c-blosc2 README_CHUNK_FORMAT.rst, and what the
// library writes.
#pragma once

#include <string>
#include <vector>

#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

// A chunk, or all of a frame, that is one value over and over.
enum class Blosc2Special : std::uint8_t { kNone, kZeros, kNans, kValue, kUninitialized };
// `value` is the one for kValue. Uninitialized bytes become zeros.
void fill_special(Blosc2Special special, std::size_t element_bytes, ByteView value, MutableByteView out,
                  std::string_view what);

class Blosc2Chunk {
 public:
  // `stored` may be longer than the chunk. `block_bytes` is what the frame around it says, or 0: the library rounds the
  // block down to whole elements, and does not always say so in the chunk's own header.
  Blosc2Chunk(ByteView stored, std::size_t block_bytes, std::string_view what);

  std::size_t bytes() const { return bytes_; }
  std::size_t block_bytes() const { return block_bytes_; }
  std::size_t blocks() const { return (bytes_ + block_bytes_ - 1) / block_bytes_; }

  // The last block may be shorter; `out` has exactly its size.
  void read_block(std::size_t index, MutableByteView out);
  // All of it: `out` has bytes().
  void read(MutableByteView out);

 private:
  struct Step {
    std::uint8_t filter, parameter;
  };
  void read_streams(std::size_t index, MutableByteView out) const;
  void add_first_block(std::size_t index, MutableByteView block);

  ByteView stored_;
  std::string what_;
  std::size_t bytes_ = 0, block_bytes_ = 0, element_bytes_ = 0;
  bool copied_ = false, split_ = false;
  Blosc2Special special_ = Blosc2Special::kNone;
  BlockCodec codec_ = BlockCodec::kBlosclz;
  std::vector<Step> steps_;  // in the order in which they were applied
  std::vector<std::byte> scratch_[2], first_block_;
};

}  // namespace chunkmark::hdf5
