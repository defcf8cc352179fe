#include "storage/hdf5/shuffle.h"

#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

namespace {

// The 8 x 8 matrix of bits, one row per byte, mirrored at its diagonal: bit c of byte r becomes bit r of byte c.
//
// Three exchanges: of the two bits off the diagonal in every 2 x 2 square, of the two 2 x 2 squares off the diagonal in
// every 4 x 4 square, and of the two 4 x 4 squares off the diagonal. Each pair lies a fixed distance apart (7, 14 and
// 28 bits: as many columns right as rows up), so that one shift brings all pairs of a step together and an exclusive or
// exchanges them.
std::uint64_t transpose_8x8(std::uint64_t rows) {
  std::uint64_t difference = (rows ^ rows >> 7) & 0x00aa00aa00aa00aa;
  rows ^= difference ^ difference << 7;
  difference = (rows ^ rows >> 14) & 0x0000cccc0000cccc;
  rows ^= difference ^ difference << 14;
  difference = (rows ^ rows >> 28) & 0x00000000f0f0f0f0;
  return rows ^ difference ^ difference << 28;
}

}  // namespace

void unshuffle_bytes(ByteView in, std::byte* out, std::size_t element_bytes) {
  const std::size_t count = element_bytes > 1 ? in.size() / element_bytes : 0;
  for (std::size_t byte = 0; byte < element_bytes && count > 0; ++byte) {
    const std::byte* from = in.data() + byte * count;
    std::byte* to = out + byte;
    for (std::size_t i = 0; i < count; ++i) to[i * element_bytes] = from[i];
  }
  const std::size_t whole = count * element_bytes;
  if (in.size() > whole) std::memcpy(out + whole, in.data() + whole, in.size() - whole);
}

void unshuffle_bits(ByteView in, std::byte* out, std::size_t element_bytes) {
  // Eight elements at a time: their eight bits of each plane are one byte, and the eight planes of one byte of an
  // element are the rows of a matrix whose columns are that byte of the eight elements.
  const std::size_t plane_bytes = element_bytes > 0 ? in.size() / element_bytes / 8 : 0;
  for (std::size_t group = 0; group < plane_bytes; ++group) {
    const std::byte* from = in.data() + group;
    std::byte* to = out + group * 8 * element_bytes;
    for (std::size_t byte = 0; byte < element_bytes; ++byte, from += 8 * plane_bytes) {
      std::uint64_t rows = 0;
      for (unsigned bit = 0; bit < 8; ++bit) {
        rows |= std::to_integer<std::uint64_t>(from[bit * plane_bytes]) << (8 * bit);
      }
      const std::uint64_t columns = transpose_8x8(rows);
      for (unsigned i = 0; i < 8; ++i) to[i * element_bytes + byte] = static_cast<std::byte>(columns >> (8 * i));
    }
  }
  const std::size_t whole = plane_bytes * 8 * element_bytes;
  if (in.size() > whole) std::memcpy(out + whole, in.data() + whole, in.size() - whole);
}

std::size_t decode_shuffle(const Filter& filter, ByteView in, MutableByteView out, std::string_view what) {
  if (in.size() > out.size()) {
    corrupt(what, "shuffle: " + std::to_string(in.size()) + " bytes, at most " + std::to_string(out.size()) +
                      " were expected");
  }
  unshuffle_bytes(in, out.data(), filter.values.empty() ? 1 : filter.values[0]);
  return in.size();
}

}  // namespace chunkmark::hdf5
