// Fill values of all element types, in the words of both formats.
//
// Bytes and structs are base64 (structs of v3 also objects, raw bits also lists of numbers), strings themselves, times
// integers or "NaT". What is shorter than the element is followed by zeros.
#include <algorithm>
#include <limits>

#include "base/base64.h"
#include "base/utf8.h"
#include "storage/array/chunk_view.h"
#include "storage/zarr/document.h"
#include "storage/zarr/element_type.h"

namespace chunkmark::zarr {

using array::Element;
using Kind = ElementType::Kind;

namespace {

constexpr std::int64_t kNaT = std::numeric_limits<std::int64_t>::min();

[[noreturn]] void refuse(const ElementType& type, const json::value& value, const std::string& document) {
  refuse_corrupt(document, "a fill_value for " + json::serialize(type_json_v2(type)), excerpt(value));
}

std::size_t count_numbers(const json::value& value) {
  std::size_t n = value.is_number() ? 1 : 0;
  if (const json::array* list = value.if_array()) {
    for (const json::value& item : *list) n += count_numbers(item);
  }
  if (const json::object* object = value.if_object()) {
    for (const auto& [key, item] : *object) n += count_numbers(item);
  }
  return n;
}

// Of a JSON string, which is UTF-8: no sequence is cut off.
std::vector<std::uint32_t> code_points(std::string_view text) {
  std::vector<std::uint32_t> points;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t j = 1; j < length && i + j < text.size(); ++j) {
      point = point << 6 | (static_cast<unsigned char>(text[i + j]) & 0x3f);
    }
    points.push_back(point);
    i += length;
  }
  return points;
}

Element parse_text(const ElementType& type, const json::value& value, const std::string& document) {
  const bool is_zero = value.is_int64() && value.get_int64() == 0;  // as v2 writers have it for an empty string
  if (!value.is_string() && !is_zero) refuse(type, value, document);
  const std::string_view text = is_zero ? std::string_view() : std::string_view(value.get_string());
  if (type.is_variable()) {
    const ByteView bytes = as_byte_view(text);
    return {bytes.begin(), bytes.end()};
  }
  const std::vector<std::uint32_t> points = code_points(text);
  if (4 * points.size() > type.dtype.item_bytes) refuse(type, value, document);
  if (points.empty()) return {};
  Element element(type.dtype.item_bytes);
  std::memcpy(element.data(), points.data(), 4 * points.size());
  return element;
}

Element parse_bytes(const ElementType& type, const json::value& value, const std::string& document) {
  const bool is_zero = value.is_int64() && value.get_int64() == 0;
  std::optional<std::vector<std::byte>> bytes;
  if (is_zero) bytes.emplace();
  if (value.is_string()) bytes = base64_bytes(value.get_string());
  if (const json::array* list = value.if_array(); list != nullptr && type.kind == Kind::kRaw) {
    bytes.emplace();
    for (const json::value& byte : *list) {
      if (!byte.is_int64() || byte.get_int64() < 0 || byte.get_int64() > 255) refuse(type, value, document);
      bytes->push_back(static_cast<std::byte>(byte.get_int64()));
    }
  }
  if (!bytes) refuse(type, value, document);
  if (type.is_variable()) return *bytes;
  if (bytes->size() > type.dtype.item_bytes) refuse(type, value, document);
  if (!bytes->empty()) bytes->resize(type.dtype.item_bytes);
  return *bytes;
}

Element parse_time(const ElementType& type, const json::value& value, const std::string& document) {
  const bool is_nat = value.is_string() && value.get_string() == "NaT";
  if (!is_nat && !value.is_int64()) refuse(type, value, document);
  Element element(sizeof(std::int64_t));
  store_le(element.data(), is_nat ? kNaT : value.get_int64());
  return element;
}

void swap_field(const ElementType& type, MutableByteView bytes) {
  if (type.big_endian) array::swap_words(bytes, type.dtype.word_bytes());
}

// The members that are there, in the order of the document, which is that of `numbers`.
Element parse_members(const ElementType& type, const json::object& value, const std::vector<std::string>& numbers,
                      const std::string& document, std::vector<std::string>& warnings) {
  Element element(type.dtype.item_bytes);
  std::size_t taken = 0;
  for (const auto& [key, item] : value) {
    const std::size_t count = count_numbers(item);
    std::vector<std::string> own;
    if (taken + count <= numbers.size()) {
      const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(taken);
      own.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    }
    taken += count;
    std::size_t at = 0;
    for (const ElementType::Field& field : type.fields) {
      if (field.name == key) {
        Element part = parse_fill(field.type, item, own, document, warnings);
        part.resize(field.type.dtype.item_bytes);
        swap_field(field.type, part);
        std::copy(part.begin(), part.end(), element.begin() + static_cast<std::ptrdiff_t>(at));
      }
      at += field.type.dtype.item_bytes;
    }
  }
  return element;
}

std::string text_of(const ElementType& type, const Element& fill) {
  if (type.is_variable()) return std::string(as_text(fill));
  std::string text;
  std::size_t points = fill.size() / 4;
  while (points > 0 && load_le<std::uint32_t>(&fill[4 * (points - 1)]) == 0) --points;
  for (std::size_t i = 0; i < points; ++i) append_utf8(text, load_le<std::uint32_t>(&fill[4 * i]));
  return text;
}

std::string bytes_of(const ElementType& type, Element fill) {
  if (type.kind == Kind::kBytes) {
    while (!fill.empty() && fill.back() == std::byte{0}) fill.pop_back();
  } else if (!type.is_variable()) {
    fill.resize(type.dtype.item_bytes);
  }
  return base64(fill);
}

}  // namespace

Element parse_fill(const ElementType& type, const json::value& value, const std::vector<std::string>& numbers,
                   const std::string& document, std::vector<std::string>& warnings) {
  switch (type.kind) {
    case Kind::kNumber:
      return parse_number_fill(value, numbers, type.dtype, document, warnings);
    case Kind::kUtf32:
    case Kind::kString:
      return parse_text(type, value, document);
    case Kind::kDatetime:
    case Kind::kTimedelta:
      return parse_time(type, value, document);
    case Kind::kStruct:
      if (const json::object* members = value.if_object()) {
        return parse_members(type, *members, numbers, document, warnings);
      }
      [[fallthrough]];
    default:
      return parse_bytes(type, value, document);
  }
}

json::value fill_json_v3(const ElementType& type, const Element& fill) {
  if (type.kind == Kind::kStruct) {
    Element all = fill;
    all.resize(type.dtype.item_bytes);
    json::object members;
    std::size_t at = 0;
    for (const ElementType::Field& field : type.fields) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
      Element part(begin, begin + field.type.dtype.item_bytes);
      swap_field(field.type, part);
      members[field.name] = fill_json_v3(field.type, part);
      at += field.type.dtype.item_bytes;
    }
    return members;
  }
  if (type.kind == Kind::kRaw && !type.v3_name.empty()) {
    Element all = fill;
    all.resize(type.dtype.item_bytes);
    json::array bytes;
    for (const std::byte byte : all) bytes.push_back(std::to_integer<unsigned>(byte));
    return bytes;
  }
  return fill_json_v2(type, fill);
}

json::value fill_value_json(const ArrayMetadata& metadata) {
  const bool v2 = metadata.format == Format::kV2;
  if (v2 && !metadata.has_fill) return nullptr;
  return v2 ? fill_json_v2(metadata.element_type(), metadata.fill)
            : fill_json_v3(metadata.element_type(), metadata.fill);
}

json::value fill_json_v2(const ElementType& type, const Element& fill) {
  switch (type.kind) {
    case Kind::kNumber:
      return number_fill_json(fill, type.dtype);
    case Kind::kDatetime:
    case Kind::kTimedelta:
      return fill.empty() ? std::int64_t{0} : load_le<std::int64_t>(fill.data());
    case Kind::kUtf32:
    case Kind::kString:
      return json::value(text_of(type, fill));
    default:
      return json::value(bytes_of(type, fill));
  }
}

}  // namespace chunkmark::zarr
