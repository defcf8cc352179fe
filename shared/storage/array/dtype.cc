#include "storage/array/dtype.h"

namespace chunkmark::array {
namespace {

struct Named {
  const char* name;
  char numpy_kind;
  DType dtype;
};

constexpr Named kTypes[] = {
    {"bool", 'b', {Kind::kBool, 1}},         {"int8", 'i', {Kind::kInt, 1}},
    {"int16", 'i', {Kind::kInt, 2}},         {"int32", 'i', {Kind::kInt, 4}},
    {"int64", 'i', {Kind::kInt, 8}},         {"uint8", 'u', {Kind::kUInt, 1}},
    {"uint16", 'u', {Kind::kUInt, 2}},       {"uint32", 'u', {Kind::kUInt, 4}},
    {"uint64", 'u', {Kind::kUInt, 8}},       {"float16", 'f', {Kind::kFloat, 2}},
    {"float32", 'f', {Kind::kFloat, 4}},     {"float64", 'f', {Kind::kFloat, 8}},
    {"complex64", 'c', {Kind::kComplex, 8}}, {"complex128", 'c', {Kind::kComplex, 16}},
};

}  // namespace

std::string dtype_name(DType dtype) {
  for (const Named& type : kTypes) {
    if (type.dtype == dtype) return type.name;
  }
  return std::to_string(dtype.item_bytes) + (dtype.kind == Kind::kUtf32 ? " bytes of UTF-32" : " opaque bytes");
}

std::optional<DType> parse_dtype_name(std::string_view name) {
  for (const Named& type : kTypes) {
    if (type.name == name) return type.dtype;
  }
  return std::nullopt;
}

std::string numpy_type_string(NumpyType type) {
  for (const Named& known : kTypes) {
    if (known.dtype != type.dtype) continue;
    const char order = type.dtype.item_bytes == 1 ? '|' : (type.big_endian ? '>' : '<');
    return std::string{order, known.numpy_kind} + std::to_string(type.dtype.item_bytes);
  }
  return "unknown";
}

std::optional<NumpyType> parse_numpy_type_string(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  const char order = text[0];
  if (order != '<' && order != '>' && order != '|') return std::nullopt;
  for (const Named& type : kTypes) {
    if (text[1] != type.numpy_kind || text.substr(2) != std::to_string(type.dtype.item_bytes)) continue;
    if (order == '|' && type.dtype.item_bytes != 1) return std::nullopt;
    return NumpyType{type.dtype, order == '>'};
  }
  return std::nullopt;
}

}  // namespace chunkmark::array
