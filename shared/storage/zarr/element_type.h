// ElementType: what one element of a Zarr array is where it is more than a number: strings, bytes, times, structs.
//
// In memory all but the variable-length ones are elements of a fixed size (`dtype`): bytes as they are, strings in
// UTF-32 in the host's byte order, times as int64 (the least is "NaT"), structs as they are stored: their fields one
// after the other, in the byte order that each field's type says. Variable-length strings are read and written by calls
// of their own (Array::read_strings). Sources: Zarr v2 specification; Zarr v3 core 3.1 and the zarr-extensions data
// types.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "storage/array/dtype.h"

namespace chunkmark::zarr {

// Larger elements are refused.
inline constexpr std::uint32_t kMaxElementBytes = 1 << 24;

struct ElementType {
  enum class Kind {
    kNumber,
    kBytes,     // of a fixed size, zeros at the end do not count
    kRaw,       // of a fixed size, all count
    kUtf32,     // code points of a fixed number, zeros at the end do not count
    kDatetime,  // since 1970, in `scale` times `unit`
    kTimedelta,
    kStruct,
    kString,         // of any length, UTF-8
    kVariableBytes,  // of any length
  };
  struct Field;

  Kind kind = Kind::kNumber;
  array::DType dtype;         // of variable-length ones: a byte, which means nothing
  std::string v3_name;        // where there are several: "r64" and "raw_bytes", "struct" and "structured"; else empty
  std::string unit;           // of times: "ns", "D" ..., "generic"
  std::uint32_t scale = 1;    // of times
  bool big_endian = false;    // of a field of a struct, as it is in memory as well
  std::vector<Field> fields;  // of structs

  bool is_variable() const { return kind == Kind::kString || kind == Kind::kVariableBytes; }
  // The codec that makes bytes of the elements.
  std::string_view serializer() const {
    return kind == Kind::kString ? "vlen-utf8" : kind == Kind::kVariableBytes ? "vlen-bytes" : "bytes";
  }
};

struct ElementType::Field {
  std::string name;
  ElementType type;
};

ElementType number_type(array::DType dtype);

// v3's "data_type". Errors: kUnsupported, kCorrupt, naming `document`.
ElementType parse_type_v3(const json::value& value, const std::string& document);
json::value type_json_v3(const ElementType& type);

// v2's "dtype"; big_endian says what it says. `object_filter` is the id of the filter that makes bytes of objects
// ("|O"), empty where there is none.
ElementType parse_type_v2(const json::value& value, std::string_view object_filter, const std::string& document);
json::value type_json_v2(const ElementType& type);

// Fill values. `numbers` are the value's numbers as they stand in the text (may be empty: those in `value` count then).
// What is read although the specification has it otherwise is told in `warnings`. Of variable-length elements the
// element is the string itself. Errors: kCorrupt, naming `document`.
array::Element parse_fill(const ElementType& type, const json::value& value, const std::vector<std::string>& numbers,
                          const std::string& document, std::vector<std::string>& warnings);
json::value fill_json_v3(const ElementType& type, const array::Element& fill);
json::value fill_json_v2(const ElementType& type, const array::Element& fill);

// An element as people read it: numbers and strings as such, bytes as text with \\ for a backslash and \xHH for what is
// not printable ASCII, dates in ISO 8601 ("NaT"; as an integer in units that no clock shows), structs as lists.
json::value element_json(const ElementType& type, ByteView element);

}  // namespace chunkmark::zarr
