#include "storage/hdf5/chunk_stream.h"

#include <algorithm>

#include "base/executor.h"
#include "storage/array/chunk_view.h"
#include "storage/codec/blosc_codec.h"
#include "storage/hdf5/byte_stream.h"
#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

using array::ChunkDest;
using array::Dest;
using array::Region;
using array::Shape;

namespace {

// In the order in which they are undone.
std::vector<const Filter*> steps_of(const std::vector<Filter>& filters, std::uint32_t mask) {
  std::vector<const Filter*> steps;
  for (std::size_t i = filters.size(); i-- > 0;) {
    if (i >= 32 || !(mask >> i & 1)) steps.push_back(&filters[i]);
  }
  return steps;
}

bool is_plain_shuffle(const Filter& filter, std::uint64_t element_bytes) {
  return id_of(filter) == FilterId::kShuffle && !filter.values.empty() && filter.values[0] == element_bytes &&
         element_bytes > 0;
}

// All that `dest` takes, from the stream's next bytes on.
void drain(ByteStream& stream, const ChunkDest& dest, const std::string& what) {
  std::vector<std::byte> piece;
  for (std::uint64_t at = 0; at < dest.bytes();) {
    const std::uint64_t left = dest.bytes() - at;
    MutableByteView to(dest.direct(at, left), left);
    const bool direct = to.data() != nullptr;
    if (!direct) {
      piece.resize(std::min<std::uint64_t>(left, kStreamPieceBytes));
      to = piece;
    }
    if (const std::size_t read = stream.read(to); read < to.size()) {
      corrupt(what, "decodes to fewer bytes than expected: " + std::to_string(at + read) + " of " +
                        std::to_string(dest.bytes()));
    }
    if (!direct) dest.scatter(at, to);
    at += to.size();
  }
}

// Elements as an axis of single bytes, which may be cut anywhere.
ChunkDest bytes_of(const Dest& dest, const Region& in_chunk, const Shape& chunk_shape) {
  Dest view{dest.data, array::opaque(1), dest.shape, dest.strides};
  Region box = in_chunk;
  array::ChunkForm form{chunk_shape};
  view.shape.push_back(dest.dtype.item_bytes);
  view.strides.push_back(1);
  box.start.push_back(0);
  box.shape.push_back(dest.dtype.item_bytes);
  form.chunk_shape.push_back(dest.dtype.item_bytes);
  return ChunkDest(std::move(view), box, form);
}

}  // namespace

bool can_stream(const std::vector<Filter>& filters, std::uint32_t mask, std::uint64_t element_bytes) {
  const std::vector<const Filter*> steps = steps_of(filters, mask);
  if (steps.size() == 1 && id_of(*steps[0]) == FilterId::kBlosc) return true;
  for (const Filter* step : steps) {
    const bool last = step == steps.back();
    if (last && is_plain_shuffle(*step, element_bytes)) continue;
    // Without a compressor, only the chunk's own size tells where bitshuffle's blocks end.
    if (!has_stream(*step) || (!last && id_of(*step) == FilterId::kBitshuffle)) return false;
  }
  return true;
}

void decode_streamed(const std::vector<Filter>& filters, std::uint32_t mask, const bytes::RandomAccess& stored,
                     const Shape& chunk_shape, const Region& in_chunk, const Dest& dest) {
  const std::string& what = stored.name();
  const ChunkDest whole = bytes_of(dest, in_chunk, chunk_shape);
  const std::uint64_t chunk_bytes = whole.bytes(), element_bytes = dest.dtype.item_bytes;
  const std::vector<const Filter*> steps = steps_of(filters, mask);
  if (steps.size() == 1 && id_of(*steps[0]) == FilterId::kBlosc) {
    InlineExecutor executor;
    return codec::BloscCodec({}).decode(stored, whole, executor);
  }
  std::unique_ptr<ByteStream> stream = stream_of(stored);
  bool planes = false;
  for (const Filter* step : steps) {
    const bool last = step == steps.back();
    planes = last && is_plain_shuffle(*step, element_bytes);
    // Between filters a chunk can be a little larger than when whole.
    const std::uint64_t max_bytes = last ? chunk_bytes : chunk_bytes + chunk_bytes / 8 + 4096;
    if (!planes) stream = open_stream(*step, std::move(stream), max_bytes, what);
  }
  if (planes) {
    for (std::uint64_t byte = 0; byte < element_bytes; ++byte) {
      const Dest plane{dest.data + byte, array::opaque(1), dest.shape, dest.strides};
      drain(*stream, ChunkDest(plane, in_chunk, {chunk_shape}), what);
    }
  } else {
    drain(*stream, whole, what);
  }
  std::byte beyond;
  if (stream->read({&beyond, 1}) > 0) {
    corrupt(what, "decodes to more than the " + std::to_string(chunk_bytes) + " bytes expected");
  }
}

}  // namespace chunkmark::hdf5
