#include "storage/codec/element_filter.h"

#include <algorithm>

#include "storage/codec/filter_kinds.h"

namespace chunkmark::codec {
namespace {

// "<i4", "i4", "int32", "<M8[ns]": what NumPy takes for a type that is, in memory, a number.
std::optional<NumpyType> parse_type(std::string_view text) {
  if (const auto named = array::parse_dtype_name(text)) return NumpyType{*named, false};
  std::string full(text.substr(0, text.find('[')));
  if (!full.empty() && full[0] != '<' && full[0] != '>' && full[0] != '|') full = (full == "?" ? "|b1" : "<" + full);
  if (full.size() == 3 && (full[1] == 'M' || full[1] == 'm')) full[1] = 'i';
  if (full.size() == 3 && full[2] == '1') full[0] = '|';
  return array::parse_numpy_type_string(full);
}

struct Context {
  std::string_view filter;
  const json::object& settings;
  Dialect dialect;
  NumpyType elements;
  const std::string& document;

  NumpyType type_member(std::string_view key, NumpyType otherwise) const {
    const json::value* value = settings.if_contains(key);
    if (value == nullptr || value->is_null()) return otherwise;
    const std::string text = text_member(settings, key, document);
    std::optional<NumpyType> type = parse_type(text);
    const bool foreign = type && dialect == Dialect::kV3 && type->big_endian;
    if (!type || !is_number(type->dtype) || foreign) {
      refuse_unsupported(document, std::string(filter) + " " + std::string(key), text);
    }
    if (dialect == Dialect::kV3) type->big_endian = elements.big_endian;
    return *type;
  }

  // The elements as the filter sees them, which may be another type of the same size.
  NumpyType content_member(std::string_view key) const {
    const NumpyType type = type_member(key, elements);
    if (type.dtype.item_bytes != elements.dtype.item_bytes || !is_number(type.dtype)) {
      refuse_corrupt(document,
                     std::string(filter) + " of elements of " + std::to_string(elements.dtype.item_bytes) + " bytes",
                     array::dtype_name(type.dtype));
    }
    return type;
  }

  Factor factor_member(std::string_view key) const {
    const json::value& value = member(settings, key, document);
    if (!value.is_number()) refuse_corrupt(document, "a number as \"" + std::string(key) + "\"", excerpt(value));
    Factor factor{value, value.is_int64(), value.is_int64() ? value.get_int64() : 0, value.to_number<double>()};
    return factor;
  }

  [[noreturn]] void refuse_types(ElementTypes types) const {
    refuse_unsupported(document, std::string(filter) + " of",
                       array::dtype_name(types.content.dtype) + " as " + array::dtype_name(types.encoded.dtype));
  }
};

std::shared_ptr<const Codec> make_bitround(const Context& context) {
  const DType type = context.elements.dtype;
  const ElementTypes types{context.elements, context.elements};
  if (type.kind != Kind::kFloat) context.refuse_types(types);
  const int mantissa = type.item_bytes == 2 ? 10 : type.item_bytes == 4 ? 23 : 52;
  const auto keep =
      static_cast<int>(integer_member_or(context.settings, "keepbits", -1, 0, mantissa, context.document));
  if (keep < 0) refuse_corrupt(context.document, "\"keepbits\"", "none");
  return make_bit_round(types, keep, mantissa);
}

}  // namespace

bool is_filter_id(std::string_view name) {
  constexpr std::string_view kNames[] = {"delta", "fixedscaleoffset", "astype", "quantize", "bitround", "packbits"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::shared_ptr<const Codec> make_filter(std::string_view name, const json::object& settings, Dialect dialect,
                                         NumpyType elements, const std::string& document) {
  const Context context{name, settings, dialect, elements, document};
  if (name == "bitround") return make_bitround(context);
  if (name == "packbits") {
    if (elements.dtype.item_bytes != 1) refuse_unsupported(document, "packbits of", array::dtype_name(elements.dtype));
    return make_pack_bits(ElementTypes{elements, {{Kind::kUInt, 1}, elements.big_endian}});
  }
  if (name == "astype") {
    const NumpyType content = context.content_member("decode_dtype");
    member(settings, "encode_dtype", document);
    return make_as_type(ElementTypes{content, context.type_member("encode_dtype", content)});
  }
  const NumpyType content = context.content_member("dtype");
  const ElementTypes types{content, context.type_member("astype", content)};
  const bool is_bool = content.dtype.kind == Kind::kBool || types.encoded.dtype.kind == Kind::kBool;
  const bool both_float = content.dtype.kind == Kind::kFloat && types.encoded.dtype.kind == Kind::kFloat;
  if (name == "quantize") {
    if (!both_float) context.refuse_types(types);
    member(settings, "digits", document);
    return make_quantize(types, static_cast<int>(integer_member_or(settings, "digits", 0, -400, 400, document)));
  }
  if (is_bool) context.refuse_types(types);
  if (name == "delta") {
    // NumPy itself does not sum floats up into integers.
    if (is_integer(content.dtype) && !is_integer(types.encoded.dtype)) context.refuse_types(types);
    return make_delta(types);
  }
  return make_fixed_scale_offset(types, context.factor_member("offset"), context.factor_member("scale"));
}

}  // namespace chunkmark::codec
