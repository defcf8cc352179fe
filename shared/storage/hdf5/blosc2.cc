// The blosc2 filter (32026): an HDF5 chunk as a contiguous frame of Blosc2's with one chunk in it.
//
// A frame is a header (MessagePack, so big-endian, fields at fixed places; then named metalayers), the chunk, an index,
// which is a chunk of one offset, and a trailer. The metalayer "b2nd" says that the chunk's blocks are boxes of an
// array: all of one shape, in row-major order of the boxes, each row-major in itself, and those at the upper edges
// padded. Source: c-blosc2 README_CFRAME_FORMAT.rst and README_B2ND_METALAYER.rst, and files of hdf5plugin.
#include <algorithm>

#include "storage/array/box.h"
#include "storage/hdf5/blosc2_chunk.h"
#include "storage/hdf5/filters.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

namespace {

// MessagePack, as far as frames use it: a tag byte, then a big-endian number.
class Packed {
 public:
  Packed(ByteView bytes, std::size_t at, std::string_view what) : bytes_(bytes), at_(at), what_(what) {}

  std::uint64_t number(unsigned width) {
    const std::uint64_t value = load_be(bytes_, at_, width, what_);
    at_ += width;
    return value;
  }
  void tag(std::uint64_t expected) {
    const std::size_t at = at_;
    if (const std::uint64_t found = number(1); found != expected) {
      corrupt(what_, "blosc2: expected byte " + std::to_string(expected) + " at " + std::to_string(at) +
                         " of the frame, found " + std::to_string(found));
    }
  }
  std::uint64_t number(std::uint64_t tag_byte, unsigned width) {
    tag(tag_byte);
    return number(width);
  }
  ByteView bytes(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      corrupt(what_, "blosc2: " + std::to_string(count) + " bytes at " + std::to_string(at_) + " of " +
                         std::to_string(bytes_.size()));
    }
    const ByteView run = bytes_.subspan(at_, count);
    at_ += count;
    return run;
  }

 private:
  ByteView bytes_;
  std::size_t at_;
  std::string_view what_;
};

constexpr unsigned kInt16 = 0xcd, kUint64 = 0xcf, kInt32 = 0xd2, kInt64 = 0xd3;
constexpr unsigned kArray = 0x90, kText = 0xa0, kBytes32 = 0xc6, kMap16 = 0xde;
constexpr std::size_t kMetalayersAt = 87;  // behind fields of fixed size

struct Frame {
  std::size_t header_bytes = 0, bytes = 0, chunk_bytes = 0, element_bytes = 0, block_bytes = 0;
  ByteView header, chunks, index;
};

Frame parse_frame(ByteView in, std::string_view what) {
  Packed fields(in, 0, what);
  fields.tag(kArray + 14);
  fields.tag(kText + 8);
  if (as_text(fields.bytes(8)) != std::string_view("b2frame\0", 8)) {
    corrupt(what, "blosc2: expected a frame, which starts with \"b2frame\"");
  }
  Frame frame;
  frame.header_bytes = fields.number(kInt32, 4);
  const std::uint64_t frame_bytes = fields.number(kUint64, 8);
  fields.tag(kText + 4);
  const std::uint64_t flags = fields.number(1), type = fields.number(1);
  fields.number(2);  // the compressor, which every chunk says for itself
  constexpr unsigned kOffsets64 = 0x10, kOffsetsMask = 0x30, kVariableChunks = 0x40, kTypeMask = 0x0f;
  if ((flags & kOffsetsMask) != kOffsets64 || (flags & kVariableChunks) || (type & kTypeMask) != 0) {
    unsupported(what, "blosc2: a frame with flags " + std::to_string(flags) + " of type " + std::to_string(type) +
                          ", expected a contiguous one (type 0) of chunks of one size");
  }
  frame.bytes = fields.number(kInt64, 8);
  const std::uint64_t stored_bytes = fields.number(kInt64, 8);
  frame.element_bytes = fields.number(kInt32, 4);
  frame.block_bytes = fields.number(kInt32, 4);
  frame.chunk_bytes = fields.number(kInt32, 4);
  if (frame_bytes > in.size() || frame.header_bytes < kMetalayersAt || frame.header_bytes > frame_bytes ||
      stored_bytes > frame_bytes - frame.header_bytes) {
    corrupt(what, "blosc2: a frame of " + std::to_string(frame_bytes) + " bytes with a header of " +
                      std::to_string(frame.header_bytes) + " and chunks of " + std::to_string(stored_bytes) +
                      ", there are " + std::to_string(in.size()));
  }
  // Compared without adding: both are whatever the file says.
  if (frame.chunk_bytes == 0 || frame.bytes == 0 || frame.bytes > frame.chunk_bytes) {
    unsupported(what, "blosc2: a frame of " + std::to_string(frame.bytes) + " bytes in chunks of " +
                          std::to_string(frame.chunk_bytes) + ", expected one chunk");
  }
  frame.header = in.first(frame.header_bytes);
  frame.chunks = in.subspan(frame.header_bytes, stored_bytes);
  frame.index = in.subspan(frame.header_bytes + stored_bytes);
  return frame;
}

// The contents of the metalayer that says how blocks are arranged; empty where there is none.
ByteView find_b2nd(const Frame& frame, std::string_view what) {
  Packed layers(frame.header, kMetalayersAt, what);
  layers.tag(kArray + 3);
  layers.number(kInt16, 2);
  const std::uint64_t count = layers.number(kMap16, 2);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t length = layers.number(1);
    if (length < kText || length >= kText + 32) corrupt(what, "blosc2: a metalayer without a name");
    const std::string_view name = as_text(layers.bytes(length - kText));
    const std::uint64_t at = layers.number(kInt32, 4);
    if (name == "caterva") unsupported(what, "blosc2: blocks arranged by \"caterva\", expected \"b2nd\"");
    if (name != "b2nd") continue;
    Packed content(frame.header, at, what);
    return content.bytes(content.number(kBytes32, 4));
  }
  return {};
}

struct Blocks {
  std::vector<std::uint64_t> shape, block;
};

Blocks parse_b2nd(ByteView layer, std::string_view what) {
  Packed fields(layer, 0, what);
  if (const std::uint64_t tag = fields.number(1); tag < kArray + 5 || tag > kArray + 7) {
    unsupported(what, "blosc2: a \"b2nd\" metalayer of another form");
  }
  if (const std::uint64_t version = fields.number(1); version > 0) {
    unsupported(what, "blosc2: \"b2nd\" of version " + std::to_string(version) + ", expected 0");
  }
  const std::uint64_t rank = fields.number(1);
  if (rank == 0 || rank > 15) corrupt(what, "blosc2: an array of rank " + std::to_string(rank) + ", expected 1 to 15");
  const auto read = [&](unsigned tag, unsigned width) {
    fields.tag(kArray + rank);
    std::vector<std::uint64_t> extents(rank);
    for (std::uint64_t& extent : extents) extent = fields.number(tag, width);
    return extents;
  };
  Blocks blocks;
  blocks.shape = read(kInt64, 8);
  if (read(kInt32, 4) != blocks.shape) unsupported(what, "blosc2: an array of several chunks, expected one");
  blocks.block = read(kInt32, 4);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (blocks.block[axis] > 0 && blocks.block[axis] <= blocks.shape[axis]) continue;
    corrupt(what, "blosc2: blocks of " + std::to_string(blocks.block[axis]) + " along axis " + std::to_string(axis) +
                      ", which has " + std::to_string(blocks.shape[axis]));
  }
  return blocks;
}

// Every block to its place, without its padding. Padding less than doubles each axis, so fewer than 2^rank bytes are
// decoded for each that is kept.
void read_arranged(Blosc2Chunk& chunk, const Blocks& blocks, std::size_t element_bytes, MutableByteView out,
                   std::string_view what) {
  const std::size_t rank = blocks.shape.size();
  std::vector<std::uint64_t> grid(rank), at(rank, 0);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    grid[axis] = (blocks.shape[axis] - 1) / blocks.block[axis] + 1;
  }
  if (chunk.blocks() != array::element_count(grid) || chunk.bytes() != chunk.blocks() * chunk.block_bytes()) {
    corrupt(what, "blosc2: a chunk of " + std::to_string(chunk.bytes()) + " bytes in " +
                      std::to_string(chunk.blocks()) + " blocks, its array has " +
                      std::to_string(array::element_count(grid)));
  }
  std::vector<std::byte> scratch(chunk.block_bytes());
  const auto dtype = array::opaque(static_cast<std::uint32_t>(element_bytes));
  const array::Strides block_strides = array::c_order_strides(blocks.block, element_bytes);
  const array::Dest dest = array::Dest::dense(out.data(), dtype, blocks.shape);
  array::Region place{array::Shape(rank), array::Shape(rank)};
  for (std::size_t index = 0; index < chunk.blocks(); ++index) {
    chunk.read_block(index, scratch);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      place.start[axis] = at[axis] * blocks.block[axis];
      place.shape[axis] = std::min(blocks.block[axis], blocks.shape[axis] - place.start[axis]);
    }
    array::copy_box({scratch.data(), dtype, place.shape, block_strides}, dest.part(place));
    for (std::size_t axis = rank; axis > 0 && ++at[axis - 1] == grid[axis - 1];) at[--axis] = 0;
  }
}

}  // namespace

std::size_t decode_blosc2(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  const Frame frame = parse_frame(in, what);
  Blocks blocks;
  std::size_t size = frame.bytes, element_bytes = frame.element_bytes;
  const ByteView b2nd = find_b2nd(frame, what);
  if (!b2nd.empty()) {
    blocks = parse_b2nd(b2nd, what);
    // The header's element is one byte where elements are too large for it; block and shape tell the true size.
    const std::uint64_t block_elements = array::element_count(blocks.block);
    if (frame.block_bytes == 0 || frame.block_bytes % block_elements != 0) {
      corrupt(what, "blosc2: blocks of " + std::to_string(frame.block_bytes) + " bytes for " +
                        std::to_string(block_elements) + " elements");
    }
    element_bytes = frame.block_bytes / block_elements;
    size = saturating_multiply(array::element_count(blocks.shape), element_bytes);
  }
  if (size > out.size()) {
    corrupt(what, "blosc2: its frame says " + std::to_string(size) + " bytes, expected at most " +
                      std::to_string(out.size()));
  }
  out = out.first(size);

  std::byte entry[8];
  Blosc2Chunk index(frame.index, 0, what);
  if (index.bytes() != sizeof entry) {
    corrupt(what, "blosc2: an index of " + std::to_string(index.bytes()) + " bytes, expected 8 for one chunk");
  }
  index.read(entry);
  const auto offset = load_le<std::uint64_t>(entry);
  // The highest bit says that no chunk is stored: the rest of its byte is the value that all of it has.
  if (offset >> 63 != 0) {
    fill_special(static_cast<Blosc2Special>(offset >> 56 & 0x7f), frame.element_bytes, {}, out, what);
    return size;
  }
  if (offset > frame.chunks.size()) {
    corrupt(what, "blosc2: its chunk is at " + std::to_string(offset) + " of " + std::to_string(frame.chunks.size()));
  }
  Blosc2Chunk chunk(frame.chunks.subspan(offset), frame.block_bytes, what);
  if (!b2nd.empty()) {
    read_arranged(chunk, blocks, element_bytes, out, what);
    return size;
  }
  if (chunk.bytes() != size) {
    corrupt(what,
            "blosc2: a chunk of " + std::to_string(chunk.bytes()) + " bytes, its frame says " + std::to_string(size));
  }
  chunk.read(out);
  return size;
}

}  // namespace chunkmark::hdf5
