// The scaleoffset filter (6): integers, or decimally scaled floats, as differences from the chunk's minimum
// in as few bits as they need.
//
// Stored: 4 bytes of bits per element, 1 byte of the minimum's width, the minimum (a field of 16 bytes), then
// the differences as a stream of bits, highest first. The all-ones difference stands for the fill value where
// one is defined: the writer counts one value more when it chooses the number of bits, so that no true difference is
// all ones. Adding the minimum back is right in any width, also for signed elements: the sum wraps at the element's
// size, as the difference did. Where the bits would be as many as the element has, the elements were stored as they
// are.
#include <algorithm>
#include <bit>
#include <cmath>

#include "storage/hdf5/bit_reader.h"
#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

namespace {

constexpr std::size_t kHeaderBytes = 21;
// Positions in the filter's values.
enum : std::size_t {
  kScaleType,
  kScaleFactor,
  kCount,
  kClass,
  kSize,
  kSign,
  kOrder,
  kFillDefined,
  kFill,
  kValues = 20
};
constexpr std::uint32_t kFloatClass = 1, kDecimalScale = 0, kBigEndian = 1;

double as_double(std::uint64_t bits, std::size_t size) {
  return size == 4 ? bit_cast<float>(static_cast<std::uint32_t>(bits)) : bit_cast<double>(bits);
}

}  // namespace

std::size_t decode_scale_offset(const Filter& filter, ByteView in, MutableByteView out, std::string_view what) {
  const std::vector<std::uint32_t>& values = filter.values;
  if (values.size() < kValues || in.size() < kHeaderBytes) {
    corrupt(what, "scaleoffset: " + std::to_string(values.size()) + " filter values and " + std::to_string(in.size()) +
                      " bytes, expected at least " + std::to_string(kValues) + " and " + std::to_string(kHeaderBytes));
  }
  const std::size_t count = values[kCount], size = values[kSize];
  if ((size != 1 && size != 2 && size != 4 && size != 8) || count > out.size() / size) {
    corrupt(what, "scaleoffset: " + std::to_string(count) + " elements of " + std::to_string(size) +
                      " bytes, expected at most " + std::to_string(out.size()) + " bytes in all");
  }
  const bool is_float = values[kClass] == kFloatClass;
  if (is_float && (values[kScaleType] != kDecimalScale || size < 4)) {
    unsupported(what, "scaleoffset: floats scaled otherwise than by powers of ten");
  }
  const unsigned bits = load_le<std::uint32_t>(in.data());
  const unsigned minimum_bytes = std::min(8u, std::to_integer<unsigned>(in[4]));
  std::uint64_t minimum = 0;
  for (unsigned i = minimum_bytes; i-- > 0;) minimum = minimum << 8 | std::to_integer<std::uint64_t>(in[5 + i]);
  if (bits > size * 8)
    corrupt(what,
            "scaleoffset: " + std::to_string(bits) + " bits per element, expected at most " + std::to_string(size * 8));

  std::uint64_t fill = 0;
  const bool fill_defined = values[kFillDefined] == 1;
  for (std::size_t i = 0; i < (size + 3) / 4; ++i) fill |= std::uint64_t{values[kFill + i]} << (32 * i);

  BitReader reader(in.subspan(kHeaderBytes), std::string(what) + ": scaleoffset");
  const bool whole = bits == size * 8;  // differences would not be shorter: the elements themselves were stored
  const std::uint64_t all_ones = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const double scale = std::pow(10.0, static_cast<std::int32_t>(values[kScaleFactor]));
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t value = 0;
    if (whole) {
      const ByteView element = in.subspan(kHeaderBytes);
      if ((i + 1) * size > element.size()) {
        corrupt(what, "scaleoffset: its " + std::to_string(element.size()) + " bytes end within element " +
                          std::to_string(i) + " of " + std::to_string(count));
      }
      std::memcpy(out.data() + i * size, element.data() + i * size, size);
    } else {
      value = bits == 0 ? 0 : reader.next(bits);
      if (fill_defined && value == all_ones) {
        value = fill;
      } else if (is_float) {
        // In the element's own precision, as the library computes it.
        if (size == 4) {
          const float number = static_cast<float>(static_cast<std::int32_t>(value)) / static_cast<float>(scale) +
                               static_cast<float>(as_double(minimum, 4));
          value = bit_cast<std::uint32_t>(number);
        } else {
          value = bit_cast<std::uint64_t>(static_cast<double>(static_cast<std::int64_t>(value)) / scale +
                                          as_double(minimum, 8));
        }
      } else {
        value += minimum;
      }
      std::memcpy(out.data() + i * size, &value, size);
    }
    if (values[kOrder] == kBigEndian) std::reverse(out.data() + i * size, out.data() + (i + 1) * size);
  }
  return count * size;
}

}  // namespace chunkmark::hdf5
