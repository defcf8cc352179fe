// Names of element types, as both versions of Zarr write them.
#include "storage/array/dtype.h"

#include "unit/catch.h"

namespace chunkmark::array {
namespace {

struct Row {
  const char* name;
  const char* little;
  const char* big;
  Kind kind;
  std::uint8_t item_bytes;
  std::size_t word_bytes;
};
constexpr Row kRows[] = {
    {"bool", "|b1", "|b1", Kind::kBool, 1, 1},         {"int8", "|i1", "|i1", Kind::kInt, 1, 1},
    {"int16", "<i2", ">i2", Kind::kInt, 2, 2},         {"int32", "<i4", ">i4", Kind::kInt, 4, 4},
    {"int64", "<i8", ">i8", Kind::kInt, 8, 8},         {"uint8", "|u1", "|u1", Kind::kUInt, 1, 1},
    {"uint16", "<u2", ">u2", Kind::kUInt, 2, 2},       {"uint32", "<u4", ">u4", Kind::kUInt, 4, 4},
    {"uint64", "<u8", ">u8", Kind::kUInt, 8, 8},       {"float16", "<f2", ">f2", Kind::kFloat, 2, 2},
    {"float32", "<f4", ">f4", Kind::kFloat, 4, 4},     {"float64", "<f8", ">f8", Kind::kFloat, 8, 8},
    {"complex64", "<c8", ">c8", Kind::kComplex, 8, 4}, {"complex128", "<c16", ">c16", Kind::kComplex, 16, 8},
};

TEST_CASE("every type has its names, and is found by them") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const DType dtype{row.kind, row.item_bytes};
    CHECK(dtype_name(dtype) == row.name);
    CHECK(parse_dtype_name(row.name) == dtype);
    CHECK(dtype.word_bytes() == row.word_bytes);
    CHECK(numpy_type_string({dtype, false}) == row.little);
    CHECK(numpy_type_string({dtype, true}) == row.big);
    for (const bool big : {false, true}) {
      const std::optional<NumpyType> found = parse_numpy_type_string(big ? row.big : row.little);
      REQUIRE(found);
      CHECK(found->dtype == dtype);
      CHECK(found->big_endian == (big && row.item_bytes > 1));
    }
  }
}

TEST_CASE("other names are no types") {
  for (const char* name : {"", "float", "float8", "Float32", "int128", "float32 ", "str", "r8"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_dtype_name(name));
  }
  for (const char* text : {"", "<", "<f", "f4", "=f4", "|f4", "<f3", "<f04", "<f4 ", "<F4", "<U4", "|S1", "|O",
                           "<M8[ns]", "<f44444444444444444444"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_numpy_type_string(text));
  }
}

}  // namespace
}  // namespace chunkmark::array
