#include "storage/versioned/reference_json.h"

#include "storage/hdf5/selection.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {

namespace {

json::string place_text(std::uint64_t address) {
  return json_text("object at " + std::to_string(address));
}

json::string object_text(const hdf5::GlobalHeap& heap, std::uint64_t address) {
  const std::string& path = hdf5::path_of(heap.container(), address);
  return path.empty() ? place_text(address) : json_text(path);
}

json::array rows(const std::vector<std::uint64_t>& numbers, std::size_t per_row) {
  json::array list;
  for (std::size_t at = 0; at + per_row <= numbers.size(); at += per_row) {
    list.emplace_back(json::array(numbers.begin() + static_cast<std::ptrdiff_t>(at),
                                  numbers.begin() + static_cast<std::ptrdiff_t>(at + per_row)));
  }
  return list;
}

json::value region_json(hdf5::Cursor& cursor) {
  hdf5::Selection selection;
  std::uint64_t blocks = 1 << 16;
  hdf5::parse_selection(cursor, blocks, selection);
  using Kind = hdf5::Selection::Kind;
  switch (selection.kind) {
    case Kind::kNone:
      return "none";
    case Kind::kAll:
      return "all";
    case Kind::kPoints:
      return json::object{{"points", rows(selection.points, selection.rank)}};
    case Kind::kBoxes:
      return json::object{{"boxes", rows(selection.boxes, 2 * selection.rank)}};
    case Kind::kRegular:
      break;
  }
  json::array start, stride, count, block;
  for (const hdf5::Selection::Axis& axis : selection.axes) {
    start.emplace_back(axis.start);
    stride.emplace_back(axis.stride);
    count.push_back(axis.count == hdf5::kUndefined ? json::value("unlimited") : json::value(axis.count));
    block.emplace_back(axis.block);
  }
  return json::object{{"start", start}, {"stride", stride}, {"count", count}, {"block", block}};
}

std::uint64_t read_token(hdf5::Cursor& cursor) {
  const unsigned width = cursor.u8();
  if (width == 0 || width > 8)
    hdf5::unsupported(cursor.what(), "an object's token of " + std::to_string(width) + " bytes, expected 1 to 8");
  return cursor.number(width);
}

json::string read_name(hdf5::Cursor& cursor) {
  const std::uint16_t length = cursor.u16();
  return json_text(as_text(cursor.bytes(length)));
}

// Those of HDF5 1.12: a kind and flags; then, of an object in this file, its token, else where the heap keeps the rest.
json::value reference_1_12(ByteView element, hdf5::GlobalHeap& heap) {
  enum Kind : std::uint8_t { kNull = 0, kObject = 2, kRegion = 3, kAttribute = 4 };
  constexpr unsigned kOtherFile = 1;
  hdf5::Cursor cursor(element, "reference", heap.container().widths());
  const unsigned kind = cursor.u8(), flags = cursor.u8();
  if (kind == kNull) return nullptr;
  if (kind < kObject || kind > kAttribute)
    hdf5::unsupported("reference", "kind " + std::to_string(kind) + ", expected 2 to 4");
  if (kind == kObject && !(flags & kOtherFile)) return json::object{{"object", object_text(heap, read_token(cursor))}};

  const ByteView kept = heap.sequence(element.subspan(2), 1);
  const std::vector<std::byte> body(kept.begin(), kept.end());  // the heap keeps it until the next is asked for
  hdf5::Cursor rest(body, "reference", heap.container().widths());
  const std::uint64_t token = read_token(rest);
  json::object shown;
  if (flags & kOtherFile) {
    shown["file"] = read_name(rest);
    shown["object"] = place_text(token);
  } else {
    shown["object"] = object_text(heap, token);
  }
  if (kind == kAttribute) shown["attribute"] = read_name(rest);
  if (kind == kRegion) {
    rest.skip(8);  // the selection's length and rank, which it says itself
    shown["region"] = region_json(rest);
  }
  return shown;
}

}  // namespace

json::value reference_json(const hdf5::Datatype& type, ByteView element, hdf5::GlobalHeap& heap) {
  if (type.reference > 1) return reference_1_12(element, heap);
  hdf5::Cursor cursor(element, "reference", heap.container().widths());
  const std::uint64_t address = cursor.address();
  if (address == 0 || address == hdf5::kUndefined) return nullptr;
  if (type.reference == 0) return json::object{{"object", object_text(heap, address)}};
  const ByteView kept = heap.get(address, cursor.u32());
  const std::vector<std::byte> body(kept.begin(), kept.end());
  hdf5::Cursor place(body, "region reference", heap.container().widths());
  json::object shown{{"object", object_text(heap, place.address())}};
  shown["region"] = region_json(place);
  return shown;
}

}  // namespace chunkmark::versioned
