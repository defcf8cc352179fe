// DType: what one element of an array is. Fixed-size numbers and booleans, in memory always in the host's byte order;
// strings of UTF-32 code points, padded with zeros, each point in the host's byte order; or opaque bytes of any size,
// which formats with types of their own (HDF5, Zarr's structs) hand on as they are stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chunkmark::array {

enum class Kind : std::uint8_t { kBool, kInt, kUInt, kFloat, kComplex, kOpaque, kUtf32 };

// The largest number: complex128.
inline constexpr std::size_t kMaxItemBytes = 16;

struct DType {
  Kind kind = Kind::kFloat;
  std::uint32_t item_bytes = 4;

  // The unit that byte order applies to: a complex number is two of them, a string many, opaque bytes have none.
  std::size_t word_bytes() const {
    switch (kind) {
      case Kind::kOpaque:
        return 1;
      case Kind::kUtf32:
        return 4;
      case Kind::kComplex:
        return item_bytes / 2;
      default:
        return item_bytes;
    }
  }
  bool operator==(const DType&) const = default;
};

// One element's item_bytes as they are in memory; empty: zeros.
using Element = std::vector<std::byte>;

constexpr DType opaque(std::uint32_t item_bytes) {
  return {Kind::kOpaque, item_bytes};
}

// Names as in Zarr v3: "bool", "int8" ... "uint64", "float16", "float32", "float64", "complex64",
// "complex128"; of others, what they are in words.
std::string dtype_name(DType dtype);
std::optional<DType> parse_dtype_name(std::string_view name);

// NumPy's type strings, as in Zarr v2: "|b1", "<f4", ">c16". Single bytes are written with '|'.
struct NumpyType {
  DType dtype;
  bool big_endian = false;
};
std::string numpy_type_string(NumpyType type);
std::optional<NumpyType> parse_numpy_type_string(std::string_view text);

}  // namespace chunkmark::array
