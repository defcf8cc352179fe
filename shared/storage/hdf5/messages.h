// The messages that say how a dataset is stored: dataspace, fill value, filter pipeline, layout.
//
// Pure functions from a message's bytes to a value. Errors: kCorrupt, kUnsupported, naming `what`.
// Source: HDF5 File Format Specification 3.0, IV.A.2.b, f, i, l.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {

using Extents = std::vector<std::uint64_t>;

struct Dataspace {
  enum class Kind : std::uint8_t { kScalar, kSimple, kNull };
  Kind kind = Kind::kScalar;
  Extents dims;
  Extents max_dims;  // kUndefined is unlimited; as many as dims

  // Number of elements; kUndefined if it does not fit.
  std::uint64_t count() const;
};

struct Filter {
  std::uint16_t id = 0;
  bool optional = false;
  std::string name;
  std::vector<std::uint32_t> values;
};

enum class ChunkIndexKind : std::uint8_t {
  kBTreeV1 = 0,
  kSingle = 1,
  kImplicit = 2,
  kFixedArray = 3,
  kExtensibleArray = 4,
  kBTreeV2 = 5,
};

struct Layout {
  enum class Kind : std::uint8_t { kCompact, kContiguous, kChunked, kVirtual };
  Kind kind = Kind::kContiguous;
  unsigned version = 3;
  std::uint64_t address = kUndefined;  // contiguous data, chunk index, heap collection of the mappings
  std::uint64_t size = 0;              // contiguous; single chunk with filters
  std::uint32_t heap_index = 0;        // virtual
  ByteView compact;                    // borrowed from the message
  Extents chunk;                       // chunked, without the element size
  std::uint64_t element_size = 0;
  ChunkIndexKind index = ChunkIndexKind::kBTreeV1;
  bool single_filtered = false;
  std::uint32_t single_mask = 0;
  bool plain_edges = false;  // chunks that reach beyond the dataset are stored without filters
};

struct FillValue {
  bool defined = false;          // written by the user; else zeros
  std::vector<std::byte> value;  // empty: zeros
};

Dataspace parse_dataspace(ByteView message, Widths widths, std::string_view what);
FillValue parse_fill_value(ByteView message, std::string_view what);
FillValue parse_old_fill_value(ByteView message, std::string_view what);
std::vector<Filter> parse_filters(ByteView message, std::string_view what);
Layout parse_layout(ByteView message, Widths widths, std::string_view what);

// a * b, or kUndefined when that does not fit: sizes that a file claims are multiplied with this.
inline std::uint64_t saturating_multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kUndefined : product;
}

}  // namespace chunkmark::hdf5
