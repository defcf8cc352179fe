#include "storage/zarr/element_type.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/chain_document.h"

namespace chunkmark::zarr {
namespace {

using array::DType;
using Kind = ElementType::Kind;

// As NumPy has them; "us" is spelt with a Greek letter as well.
constexpr std::string_view kUnits[] = {"Y",  "M",  "W",  "D",  "h",  "m",  "s",      "ms",
                                       "us", "ns", "ps", "fs", "as", "μs", "generic"};

// Members of the family of one name each.
struct Fixed {
  Kind kind;
  std::string_view v3_name;
  char numpy_kind;
  std::uint32_t unit_bytes;  // what NumPy counts in
  array::Kind memory;
};
constexpr Fixed kFixed[] = {{Kind::kBytes, "null_terminated_bytes", 'S', 1, array::Kind::kOpaque},
                            {Kind::kRaw, "raw_bytes", 'V', 1, array::Kind::kOpaque},
                            {Kind::kUtf32, "fixed_length_utf32", 'U', 4, array::Kind::kUtf32}};

// Of one of these kinds.
const Fixed& fixed_kind(Kind kind) {
  std::size_t i = 0;
  while (i + 1 < std::size(kFixed) && kFixed[i].kind != kind) ++i;
  return kFixed[i];
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

ElementType fixed_type(const Fixed& fixed, std::uint64_t bytes, const std::string& document) {
  if (bytes == 0 || bytes > kMaxElementBytes || bytes % fixed.unit_bytes != 0) {
    refuse_corrupt(document,
                   "elements of 1 to " + std::to_string(kMaxElementBytes) + " bytes, a multiple of " +
                       std::to_string(fixed.unit_bytes),
                   std::to_string(bytes));
  }
  ElementType type;
  type.kind = fixed.kind;
  type.dtype = {fixed.memory, static_cast<std::uint32_t>(bytes)};
  return type;
}

ElementType time_type(Kind kind, std::string unit, std::uint64_t scale, const std::string& document) {
  if (std::find(std::begin(kUnits), std::end(kUnits), unit) == std::end(kUnits)) {
    refuse_corrupt(document, "a unit of time", unit);
  }
  if (scale == 0 || scale > 0x7fffffff)
    refuse_corrupt(document, "scale_factor from 1 to 2^31 - 1", std::to_string(scale));
  ElementType type;
  type.kind = kind;
  type.dtype = {array::Kind::kInt, 8};
  type.unit = std::move(unit);
  type.scale = static_cast<std::uint32_t>(scale);
  return type;
}

ElementType variable_type(Kind kind) {
  ElementType type;
  type.kind = kind;
  type.dtype = array::opaque(1);
  return type;
}

// From fields as they were read. `refuse` tells of what a struct cannot hold.
ElementType struct_type(std::vector<ElementType::Field> fields, std::string v3_name, const std::string& document) {
  ElementType type;
  type.kind = Kind::kStruct;
  type.v3_name = std::move(v3_name);
  std::uint64_t bytes = 0;
  for (const ElementType::Field& field : fields) {
    if (field.type.is_variable()) refuse_unsupported(document, "variable-length field", field.name);
    bytes += field.type.dtype.item_bytes;
  }
  if (bytes == 0 || bytes > kMaxElementBytes) {
    refuse_corrupt(document, "structs of 1 to " + std::to_string(kMaxElementBytes) + " bytes", std::to_string(bytes));
  }
  type.dtype = array::opaque(static_cast<std::uint32_t>(bytes));
  type.fields = std::move(fields);
  return type;
}

ElementType parse_struct_v3(const codec::Extension& value, const std::string& document) {
  std::vector<ElementType::Field> fields;
  for (const json::value& item : as_array(member(value.configuration, "fields", document), "fields", document)) {
    if (const json::array* pair = item.if_array()) {
      if (pair->size() != 2 || !pair->front().is_string()) {
        refuse_corrupt(document, "fields of name and type", excerpt(item));
      }
      fields.push_back({std::string(pair->front().get_string()), parse_type_v3(pair->back(), document)});
      continue;
    }
    const json::object& field = as_object(item, "field", document);
    fields.push_back(
        {text_member(field, "name", document), parse_type_v3(member(field, "data_type", document), document)});
  }
  return struct_type(std::move(fields), value.name, document);
}

ElementType parse_struct_v2(const json::array& value, const std::string& document) {
  std::vector<ElementType::Field> fields;
  for (const json::value& item : value) {
    const json::array& field = as_array(item, "field", document);
    if (field.size() < 2 || !field[0].is_string()) refuse_corrupt(document, "fields of name and type", excerpt(item));
    if (field.size() > 2) refuse_unsupported(document, "field with a shape", field[0].get_string());
    fields.push_back({std::string(field[0].get_string()), parse_type_v2(field[1], "", document)});
  }
  return struct_type(std::move(fields), "", document);
}

// "[25ns]" behind "<M8".
ElementType parse_time_v2(Kind kind, std::string_view text, std::string_view bracket, const std::string& document) {
  if (bracket.empty()) return time_type(kind, "generic", 1, document);
  if (bracket.size() < 3 || bracket.front() != '[' || bracket.back() != ']')
    refuse_unsupported(document, "dtype", text);
  bracket = bracket.substr(1, bracket.size() - 2);
  const std::size_t digits = std::min(bracket.find_first_not_of("0123456789"), bracket.size());
  const std::uint64_t scale = digits == 0 ? 1 : parse_number(bracket.substr(0, digits)).value_or(0);
  return time_type(kind, std::string(bracket.substr(digits)), scale, document);
}

}  // namespace

ElementType number_type(DType dtype) {
  ElementType type;
  type.dtype = dtype;
  return type;
}

ElementType parse_type_v3(const json::value& value, const std::string& document) {
  const codec::Extension type = codec::parse_extension(value, "data_type", document);
  if (const std::optional<DType> number = array::parse_dtype_name(type.name)) return number_type(*number);
  for (const Fixed& fixed : kFixed) {
    if (fixed.v3_name == type.name) {
      return fixed_type(fixed, unsigned_member(type.configuration, "length_bytes", document), document);
    }
  }
  const std::string_view name = type.name;
  if (const auto bits = name.starts_with('r') ? parse_number(name.substr(1)) : std::nullopt) {
    if (*bits % 8 != 0) refuse_corrupt(document, "raw bits by eights", type.name);
    ElementType raw = fixed_type(kFixed[1], *bits / 8, document);
    raw.v3_name = type.name;
    return raw;
  }
  if (name == "numpy.datetime64" || name == "numpy.timedelta64") {
    std::string unit = text_member(type.configuration, "unit", document);
    return time_type(name == "numpy.datetime64" ? Kind::kDatetime : Kind::kTimedelta, std::move(unit),
                     unsigned_member(type.configuration, "scale_factor", document), document);
  }
  if (name == "struct" || name == "structured") return parse_struct_v3(type, document);
  if (name == "string") return variable_type(Kind::kString);
  if (name == "variable_length_bytes" || name == "bytes") {
    ElementType bytes = variable_type(Kind::kVariableBytes);
    bytes.v3_name = type.name;
    return bytes;
  }
  refuse_unsupported(document, "data type", type.name);
}

json::value type_json_v3(const ElementType& type) {
  const auto named = [](std::string_view name, json::object configuration) -> json::value {
    return json::object{{"name", name}, {"configuration", std::move(configuration)}};
  };
  switch (type.kind) {
    case Kind::kNumber:
      return json::value(array::dtype_name(type.dtype));
    case Kind::kString:
      return "string";
    case Kind::kVariableBytes:
      return json::value(type.v3_name.empty() ? "variable_length_bytes" : type.v3_name);
    case Kind::kDatetime:
    case Kind::kTimedelta:
      return named(type.kind == Kind::kDatetime ? "numpy.datetime64" : "numpy.timedelta64",
                   {{"unit", type.unit}, {"scale_factor", type.scale}});
    case Kind::kStruct:
      break;
    default:
      if (!type.v3_name.empty()) return json::value(type.v3_name);
      return named(fixed_kind(type.kind).v3_name, {{"length_bytes", type.dtype.item_bytes}});
  }
  json::array fields;
  for (const ElementType::Field& field : type.fields) {
    if (field.type.big_endian) refuse_unsupported("Zarr v3 array", "byte order of a field", field.name);
    if (type.v3_name == "structured") {
      fields.push_back(json::array{json::value(field.name), type_json_v3(field.type)});
    } else {
      fields.push_back({{"name", field.name}, {"data_type", type_json_v3(field.type)}});
    }
  }
  return named(type.v3_name.empty() ? "struct" : type.v3_name, {{"fields", std::move(fields)}});
}

ElementType parse_type_v2(const json::value& value, std::string_view object_filter, const std::string& document) {
  if (const json::array* fields = value.if_array()) return parse_struct_v2(*fields, document);
  if (!value.is_string()) refuse_corrupt(document, "a dtype", excerpt(value));
  const std::string_view text = value.get_string();
  if (text == "|O") {
    if (object_filter == "vlen-utf8") return variable_type(Kind::kString);
    if (object_filter == "vlen-bytes") return variable_type(Kind::kVariableBytes);
    refuse_unsupported(document, "dtype \"|O\" with object codec", object_filter);
  }
  if (const auto number = array::parse_numpy_type_string(text)) {
    ElementType type = number_type(number->dtype);
    type.big_endian = number->big_endian;
    return type;
  }
  if (text.size() < 3 || (text[0] != '<' && text[0] != '>' && text[0] != '|')) {
    refuse_unsupported(document, "dtype", text);
  }
  ElementType type;
  const bool is_time = (text[1] == 'M' || text[1] == 'm') && text[2] == '8' && text[0] != '|';
  const auto* fixed = std::find_if(std::begin(kFixed), std::end(kFixed),
                                   [&](const Fixed& candidate) { return candidate.numpy_kind == text[1]; });
  const auto length = parse_number(text.substr(2));
  if (is_time) {
    type = parse_time_v2(text[1] == 'M' ? Kind::kDatetime : Kind::kTimedelta, text, text.substr(3), document);
  } else if (fixed != std::end(kFixed) && length) {
    const std::uint64_t too_large = std::uint64_t{kMaxElementBytes} + 1;
    type = fixed_type(*fixed, std::min(*length, too_large) * fixed->unit_bytes, document);
  } else {
    refuse_unsupported(document, "dtype", text);
  }
  type.big_endian = text[0] == '>' && type.dtype.word_bytes() > 1;
  return type;
}

json::value type_json_v2(const ElementType& type) {
  const char order = type.dtype.word_bytes() == 1 ? '|' : type.big_endian ? '>' : '<';
  switch (type.kind) {
    case Kind::kNumber:
      return json::value(array::numpy_type_string({type.dtype, type.big_endian}));
    case Kind::kString:
    case Kind::kVariableBytes:
      return "|O";
    case Kind::kDatetime:
    case Kind::kTimedelta: {
      std::string text{order, type.kind == Kind::kDatetime ? 'M' : 'm', '8'};
      if (type.unit == "generic" && type.scale == 1) return json::value(text);
      return json::value(text + "[" + (type.scale == 1 ? "" : std::to_string(type.scale)) + type.unit + "]");
    }
    case Kind::kStruct: {
      json::array fields;
      for (const ElementType::Field& field : type.fields) {
        fields.push_back(json::array{json::value(field.name), type_json_v2(field.type)});
      }
      return fields;
    }
    default:
      const Fixed& fixed = fixed_kind(type.kind);
      return json::value(std::string{order, fixed.numpy_kind} +
                         std::to_string(type.dtype.item_bytes / fixed.unit_bytes));
  }
}

}  // namespace chunkmark::zarr
