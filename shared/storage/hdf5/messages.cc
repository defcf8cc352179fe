#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

namespace {

constexpr unsigned kMaxRank = 32;

void check_rank(unsigned rank, std::string_view what) {
  if (rank > kMaxRank) corrupt(what, "rank " + std::to_string(rank) + ", expected at most 32");
}

void check_chunk(const Layout& layout, std::string_view what) {
  for (const std::uint64_t extent : layout.chunk) {
    if (extent == 0) corrupt(what, "a chunk of extent 0, expected at least 1");
  }
}

}  // namespace

std::uint64_t Dataspace::count() const {
  if (kind == Kind::kNull) return 0;
  std::uint64_t product = 1;
  for (const std::uint64_t extent : dims) {
    if (extent == 0) return 0;
    product = saturating_multiply(product, extent);
  }
  return product;
}

Dataspace parse_dataspace(ByteView message, Widths widths, std::string_view what) {
  Cursor cursor(message, what, widths);
  Dataspace space;
  const unsigned version = cursor.u8();
  const unsigned rank = cursor.u8();
  const unsigned flags = cursor.u8();
  check_rank(rank, what);
  space.kind = rank == 0 ? Dataspace::Kind::kScalar : Dataspace::Kind::kSimple;
  if (version == 1) {
    cursor.skip(5);
  } else if (version == 2) {
    if (const unsigned kind = cursor.u8(); kind == 2) {
      space.kind = Dataspace::Kind::kNull;
    } else if (kind > 2) {
      corrupt(what, "dataspace kind " + std::to_string(kind) + ", expected 0 to 2");
    }
  } else {
    unsupported(what, "dataspace version " + std::to_string(version) + ", expected 1 or 2");
  }
  const std::uint64_t unlimited = widths.length == 8 ? kUndefined : (std::uint64_t{1} << (8 * widths.length)) - 1;
  for (unsigned i = 0; i < rank; ++i) space.dims.push_back(cursor.length());
  space.max_dims = space.dims;
  if (flags & 1) {
    for (std::uint64_t& extent : space.max_dims) {
      extent = cursor.length();
      if (extent == unlimited) extent = kUndefined;
    }
  }
  return space;
}

FillValue parse_fill_value(ByteView message, std::string_view what) {
  Cursor cursor(message, what);
  FillValue fill;
  const unsigned version = cursor.u8();
  if (version == 1 || version == 2) {
    cursor.skip(2);
    const bool has_size = cursor.u8() != 0;
    if (version == 2 && !has_size) return fill;
  } else if (version == 3) {
    if (!(cursor.u8() & 0x20)) return fill;
  } else {
    unsupported(what, "fill value version " + std::to_string(version) + ", expected 1 to 3");
  }
  const std::uint32_t size = cursor.u32();
  if (static_cast<std::int32_t>(size) < 0) return fill;  // undefined
  const ByteView value = cursor.bytes(size);
  fill.value.assign(value.begin(), value.end());
  fill.defined = !value.empty();
  return fill;
}

FillValue parse_old_fill_value(ByteView message, std::string_view what) {
  Cursor cursor(message, what);
  const ByteView value = cursor.bytes(cursor.u32());
  return {!value.empty(), {value.begin(), value.end()}};
}

std::vector<Filter> parse_filters(ByteView message, std::string_view what) {
  Cursor cursor(message, what);
  const unsigned version = cursor.u8();
  if (version != 1 && version != 2)
    unsupported(what, "filter pipeline version " + std::to_string(version) + ", expected 1 or 2");
  const unsigned count = cursor.u8();
  if (count > 32) corrupt(what, std::to_string(count) + " filters, expected at most 32");
  if (version == 1) cursor.skip(6);
  std::vector<Filter> filters(count);
  for (Filter& filter : filters) {
    filter.id = cursor.u16();
    const std::uint16_t name_bytes = version == 1 || filter.id >= 256 ? cursor.u16() : 0;
    filter.optional = cursor.u16() & 1;
    const unsigned values = cursor.u16();
    filter.name = as_text(cursor.bytes(name_bytes));
    filter.name.resize(filter.name.find_last_not_of('\0') + 1);
    for (unsigned i = 0; i < values; ++i) filter.values.push_back(cursor.u32());
    if (version == 1 && values % 2 == 1) cursor.skip(4);
  }
  return filters;
}

namespace {

Layout parse_old_layout(Cursor& cursor) {
  Layout layout;
  const unsigned rank = cursor.u8();
  const unsigned kind = cursor.u8();
  cursor.skip(5);
  if (rank == 0) corrupt(cursor.what(), "a layout of rank 0, expected at least 1");
  check_rank(rank - 1, cursor.what());
  if (kind > 2) corrupt(cursor.what(), "layout class " + std::to_string(kind) + ", expected 0 to 2");
  layout.kind = static_cast<Layout::Kind>(kind);
  if (layout.kind != Layout::Kind::kCompact) layout.address = cursor.address();
  Extents dims;
  for (unsigned i = 0; i < rank; ++i) dims.push_back(cursor.u32());
  if (layout.kind == Layout::Kind::kCompact) {
    layout.compact = cursor.bytes(cursor.u32());
  } else if (layout.kind == Layout::Kind::kChunked) {
    // The B-tree's keys have as many offsets as the message has dimensions, the last being the element's.
    layout.element_size = dims.back();
    dims.pop_back();
    layout.chunk = dims;
  } else {
    layout.size = kUndefined;  // dims are the data's own: the dataspace and the type say how many bytes
  }
  return layout;
}

void parse_chunked_3(Cursor& cursor, Layout& layout) {
  const unsigned rank = cursor.u8();
  if (rank == 0) corrupt(cursor.what(), "a chunk of rank 0, expected at least 1");
  check_rank(rank - 1, cursor.what());
  layout.address = cursor.address();
  for (unsigned i = 0; i + 1 < rank; ++i) layout.chunk.push_back(cursor.u32());
  layout.element_size = cursor.u32();
}

void parse_chunked_4(Cursor& cursor, Layout& layout) {
  const unsigned flags = cursor.u8();
  if (flags > 3) unsupported(cursor.what(), "chunk flags " + std::to_string(flags) + ", expected 0 to 3");
  layout.plain_edges = flags & 1;
  const unsigned rank = cursor.u8();
  const unsigned width = cursor.u8();
  if (rank == 0) corrupt(cursor.what(), "a chunk of rank 0, expected at least 1");
  if (width == 0 || width > 8)
    corrupt(cursor.what(), "chunk dimensions of " + std::to_string(width) + " bytes, expected 1 to 8");
  check_rank(rank - 1, cursor.what());
  for (unsigned i = 0; i + 1 < rank; ++i) layout.chunk.push_back(cursor.number(width));
  layout.element_size = cursor.number(width);
  const unsigned index = cursor.u8();
  switch (index) {
    case 1:
      if (flags & 2) {
        layout.single_filtered = true;
        layout.size = cursor.length();
        layout.single_mask = cursor.u32();
      }
      break;
    case 2:
      break;
    case 3:
      cursor.skip(1);
      break;
    case 4:
      cursor.skip(5);
      break;
    case 5:
      cursor.skip(6);
      break;
    default:
      unsupported(cursor.what(), "chunk index kind " + std::to_string(index) + ", expected 1 to 5");
  }
  layout.index = static_cast<ChunkIndexKind>(index);
  layout.address = cursor.address();
}

}  // namespace

Layout parse_layout(ByteView message, Widths widths, std::string_view what) {
  Cursor cursor(message, what, widths);
  const unsigned version = cursor.u8();
  if (version == 0 || version > 5) unsupported(what, "layout version " + std::to_string(version) + ", expected 1 to 5");
  if (version < 3) {
    Layout layout = parse_old_layout(cursor);
    check_chunk(layout, what);
    layout.version = version;
    return layout;
  }
  Layout layout;
  layout.version = version;
  const unsigned kind = cursor.u8();
  if (kind > 3 || (kind == 3 && version == 3))
    corrupt(what, "layout class " + std::to_string(kind) + ", expected 0 to " + (version == 3 ? "2" : "3"));
  layout.kind = static_cast<Layout::Kind>(kind);
  switch (layout.kind) {
    case Layout::Kind::kCompact:
      layout.compact = cursor.bytes(cursor.u16());
      break;
    case Layout::Kind::kContiguous:
      layout.address = cursor.address();
      layout.size = cursor.length();
      break;
    case Layout::Kind::kChunked:
      version == 3 ? parse_chunked_3(cursor, layout) : parse_chunked_4(cursor, layout);
      check_chunk(layout, what);
      break;
    case Layout::Kind::kVirtual:
      layout.address = cursor.address();
      layout.heap_index = cursor.u32();
      break;
  }
  return layout;
}

}  // namespace chunkmark::hdf5
