// Metadata documents of both formats: what is read, what is written, what is refused and in which words.
#include <bit>
#include <limits>

#include "base/error.h"
#include "storage/codec/registry.h"
#include "storage/store/memory_store.h"
#include "storage/zarr/array.h"
#include "storage/zarr/group.h"
#include "unit/catch.h"

namespace chunkmark::zarr {
namespace {

using array::DType;
using array::Element;
using array::Kind;

const char* const kV3 = R"({"zarr_format":3,"node_type":"array","shape":[20,0],"data_type":"float32",
 "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[10,1]}},
 "chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}},
 "fill_value":"NaN","codecs":[{"name":"bytes","configuration":{"endian":"big"}},
 {"name":"blosc","configuration":{"cname":"zstd","clevel":3,"shuffle":"bitshuffle","typesize":4,"blocksize":0}},
 {"name":"crc32c"}],"attributes":{"units":"K"},"dimension_names":["time",null]})";

const char* const kV2 = R"({"zarr_format":2,"shape":[20,5],"chunks":[10,5],"dtype":">i2",
 "compressor":{"id":"blosc","cname":"lz4","clevel":5,"shuffle":-1,"blocksize":0},
 "fill_value":-7,"order":"F","filters":null,"dimension_separator":"/"})";

// Of a number of at most 8 bytes.
std::uint64_t bits_of(Element fill) {
  fill.resize(8);
  return load_le<std::uint64_t>(fill.data());
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

TEST_CASE("v3 metadata is read, and written so that it reads back equal") {
  const ArrayMetadata metadata = parse_v3(kV3, "zarr.json");
  CHECK(metadata.shape == array::Shape{20, 0});
  CHECK(metadata.chunk_shape == array::Shape{10, 1});
  CHECK(metadata.dtype == DType{Kind::kFloat, 4});
  CHECK(metadata.chain.big_endian);
  REQUIRE(metadata.chain.codecs.size() == 2);
  CHECK(metadata.chain.codecs[0]->name() == "blosc");
  CHECK(metadata.chain.codecs[1]->name() == "crc32c");
  CHECK(load_le<std::uint32_t>(metadata.fill.data()) == 0x7fc00000);
  CHECK(metadata.attributes.at("units") == "K");
  CHECK(parse_json(document_v3(metadata), "x") == parse_json(kV3, "x"));
}

TEST_CASE("v2 metadata is read, and written so that it reads back equal") {
  const ArrayMetadata metadata = parse_v2(kV2, ".zarray");
  CHECK(metadata.dtype == DType{Kind::kInt, 2});
  CHECK(metadata.chain.big_endian);
  CHECK(metadata.chain.transpose == std::vector<std::size_t>{1, 0});
  CHECK(load_le<std::int16_t>(metadata.fill.data()) == -7);
  CHECK(metadata.separator == '/');
  CHECK(parse_json(document_v2(metadata), "x") == parse_json(kV2, "x"));
}

TEST_CASE("chunk keys") {
  struct Row {
    Format format;
    bool v2_keys;
    char separator;
    array::Shape chunk;
    std::string key;
  };
  const Row rows[] = {
      {Format::kV3, false, '/', {1, 23}, "c/1/23"},
      {Format::kV3, false, '.', {1, 23}, "c.1.23"},
      {Format::kV3, false, '/', {}, "c"},
      {Format::kV3, true, '.', {1, 23}, "1.23"},
      {Format::kV3, true, '/', {}, "0"},
      {Format::kV2, false, '.', {1, 23}, "1.23"},
      {Format::kV2, false, '/', {4, 0}, "4/0"},
      {Format::kV2, false, '.', {}, "0"},
  };
  for (const Row& row : rows) {
    ArrayMetadata metadata;
    metadata.format = row.format;
    metadata.v2_chunk_keys = row.v2_keys;
    metadata.separator = row.separator;
    CHECK(chunk_key(metadata, row.chunk) == row.key);
  }
}

TEST_CASE("fill values keep every bit on the way through a document") {
  struct Row {
    const char* dtype;
    std::string json;
    std::uint64_t bits;
  };
  const Row rows[] = {
      {"bool", "true", 1},
      {"int8", "-128", 0x80},
      {"uint8", "255", 0xff},
      {"int64", "-9223372036854775808", 0x8000000000000000},
      {"uint64", "18446744073709551615", 0xffffffffffffffff},
      {"float16", "1.0", 0x3c00},
      {"float16", "65504.0", 0x7bff},
      {"float16", "5.960464477539063e-8", 0x0001},
      {"float16", "6.097555160522461e-5", 0x03ff},
      {"float16", "\"-Infinity\"", 0xfc00},
      {"float32", "0.1", 0x3dcccccd},
      {"float32", "\"NaN\"", 0x7fc00000},
      {"float32", "\"0x7fc00001\"", 0x7fc00001},
      {"float32", "-0.0", 0x80000000},
      {"float64", "0.1", 0x3fb999999999999a},
      {"float64", "1.7976931348623157e308", 0x7fefffffffffffff},
      {"float64", "4.9406564584124654e-324", 1},
      {"float64", "6.9294956446009195e15", 0x43389e56ee5e7a58},
      {"complex64", "[1.0,\"NaN\"]", 0x7fc000003f800000},
  };
  for (const Row& row : rows) {
    CAPTURE(row.dtype, row.json);
    std::string text = replaced(kV3, "float32", row.dtype);
    if (array::parse_dtype_name(row.dtype)->word_bytes() == 1) {
      text = replaced(text, R"("name":"bytes","configuration":{"endian":"big"})", R"("name":"bytes")");
    }
    const ArrayMetadata metadata = parse_v3(replaced(text, "\"NaN\"", row.json), "zarr.json");
    CHECK(bits_of(metadata.fill) == row.bits);
    CHECK(parse_v3(document_v3(metadata), "zarr.json").fill == metadata.fill);
  }
}

TEST_CASE("random floats of every width survive as fill values") {
  std::uint64_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    for (const char* name : {"float16", "float32", "float64", "complex64", "complex128"}) {
      ArrayMetadata metadata = parse_v3(replaced(kV3, "float32", name), "zarr.json");
      metadata.fill.assign(metadata.dtype.item_bytes, std::byte{0});
      for (std::size_t at = 0; at < metadata.dtype.item_bytes; at += metadata.dtype.word_bytes()) {
        std::memcpy(&metadata.fill[at], &state, metadata.dtype.word_bytes());
      }
      REQUIRE(parse_v3(document_v3(metadata), "zarr.json").fill == metadata.fill);
    }
  }
}

TEST_CASE("documents that are wrong or not supported are refused in one line") {
  struct Row {
    std::string what, by, message;
    ErrorCode code;
  };
  constexpr ErrorCode kBad = ErrorCode::kCorrupt;
  constexpr ErrorCode kNot = ErrorCode::kUnsupported;
  const Row rows3[] = {
      {"\"zarr_format\":3", "\"zarr_format\":4", "expected zarr_format 3, found 4", kBad},
      {"\"zarr_format\":3,", "", "expected \"zarr_format\", found none", kBad},
      {"\"array\"", "\"group\"", "expected an array, found a group", ErrorCode::kNotFound},
      {"[20,0]", "[20,-1]", "expected extents of at least 0 in \"shape\", found -1", kBad},
      {"[20,0]", "[20]", "expected chunks of rank 1, found (10, 1)", kBad},
      {"[20,0]", "[4611686018427387904,4]", "shape: expected at most 2^62 bytes, found shape", kBad},
      {"[10,1]", "[0,1]", "expected chunk extents of at least 1, found (0, 1)", kBad},
      {"[10,1]", "[1.5,1]", "expected extents of at least 0 in \"chunk_shape\", found 1.5E0", kBad},
      {"float32", "bfloat16", "data type \"bfloat16\" is not supported", kNot},
      {"float32", "string", "expected the \"vlen-utf8\" codec first, found bytes", kBad},
      {"\"float32\"", "{\"name\":\"numpy.datetime64\",\"configuration\":{}}", "expected \"unit\", found none", kBad},
      {"\"regular\"", "\"rectilinear\"", "chunk grid \"rectilinear\" is not supported", kNot},
      {"\"default\"", "\"hashed\"", "chunk key encoding \"hashed\" is not supported", kNot},
      {"\"separator\":\"/\"", "\"separator\":\"-\"", "expected separator . or /, found -", kBad},
      {"\"NaN\"", "\"none\"", "expected a fill_value for float32, found \"none\"", kBad},
      {"\"NaN\"", "null", "expected a fill_value for float32, found null", kBad},
      {"{\"name\":\"crc32c\"}", "{\"name\":\"vlen-utf8\"}", "codec \"vlen-utf8\" is not supported", kNot},
      {"\"name\":\"blosc\"", "\"name\":\"zfp\"", "codec \"zfp\" is not supported", kNot},
      {"\"name\":\"bytes\"", "\"name\":\"sharding_indexed\"", "expected \"chunk_shape\", found none", kBad},
      {"\"cname\":\"zstd\"", "\"cname\":\"brotli\"", "blosc compressor \"brotli\" is not supported", kNot},
      {"\"clevel\":3", "\"clevel\":10", "expected \"clevel\" from 0 to 9, found 10", kBad},
      {"\"endian\":\"big\"", "\"endian\":\"middle\"", "expected endian little or big, found middle", kBad},
      {"\"attributes\":{\"units\":\"K\"}", "\"attributes\":[]", "expected attributes to be an object, found []", kBad},
      {"\"attributes\"", "\"novelty\":{\"name\":\"n\"},\"attributes\"", "member \"novelty\" is not supported", kNot},
      {"[\"time\",null]", "[\"time\"]", "expected 2 dimension names, found 1", kBad},
      {"\"attributes\"", "\"storage_transformers\":[{\"name\":\"t\"}],\"attributes\"",
       "storage transformer \"[{\"name\":\"t\"}]\" is not supported", kNot},
  };
  const Row rows2[] = {
      {"\">i2\"", "\"|O\"", "dtype \"|O\" with object codec \"\" is not supported", kNot},
      {"\">i2\"", "\"|i2\"", "dtype \"|i2\" is not supported", kNot},
      {"\">i2\"", "[[\"a\",\"<f4\"]]", "expected a fill_value for [[\"a\",\"<f4\"]], found -7", kBad},
      {"\">i2\"", "[[\"a\",\"<f4\",[2]]]", "field with a shape \"a\" is not supported", kNot},
      {"\"filters\":null", "\"filters\":[{\"id\":\"pickle\"}]", "codec \"pickle\" is not supported", kNot},
      {"\"id\":\"blosc\"", "\"id\":\"zfpy\"", "codec \"zfpy\" is not supported", kNot},
      {"\"order\":\"F\"", "\"order\":\"K\"", "expected order C or F, found K", kBad},
      {"\"fill_value\":-7", "\"fill_value\":40000", "expected a fill_value for int16, found 40000", kBad},
      {"\"fill_value\":-7,", "", "expected \"fill_value\", found none", kBad},
      {"[10,5]", "[10]", "expected chunks of rank 2, found (10)", kBad},
  };
  const auto run = [](const Row& row, const char* text, auto parse) {
    CAPTURE(row.what, row.by);
    try {
      parse(replaced(text, row.what, row.by), "doc");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).substr(0, 5 + row.message.size()) == "doc: " + row.message);
      CHECK(error.code() == row.code);
    }
  };
  for (const Row& row : rows3) run(row, kV3, parse_v3);
  for (const Row& row : rows2) run(row, kV2, parse_v2);
  // What may be ignored is.
  CHECK_NOTHROW(
      parse_v3(replaced(kV3, "\"attributes\"", "\"novelty\":{\"must_understand\":false},\"attributes\""), "x"));
}

TEST_CASE("groups and arrays of both formats are found beneath each other") {
  for (const Format format : {Format::kV2, Format::kV3}) {
    store::MemoryStore store;
    InlineExecutor executor;
    create_group(store, "", {format, {{"title", "root"}}});
    create_group(store, "g", {format, {}});
    ArrayMetadata metadata;
    metadata.format = format;
    metadata.shape = metadata.chunk_shape = {3};
    metadata.attributes = {{"units", "m"}};
    if (format == Format::kV2) metadata.separator = '.';
    Array::create(store, "g/a", metadata, executor);
    CHECK(open_group(store, "").attributes.at("title") == "root");
    CHECK(open_group(store, "g").format == format);
    CHECK(Array::open(store, "g/a", executor).metadata().attributes.at("units") == "m");
    REQUIRE(list_group(store, "").size() == 1);
    CHECK(list_group(store, "")[0].kind == NodeKind::kGroup);
    REQUIRE(list_group(store, "g").size() == 1);
    CHECK(list_group(store, "g")[0].name == "a");
    CHECK(list_group(store, "g")[0].kind == NodeKind::kArray);
    CHECK_THROWS_AS(open_group(store, "g/a"), Error);
    CHECK_THROWS_AS(open_group(store, "h"), Error);
    CHECK_THROWS_AS(Array::open(store, "g", executor), Error);
  }
}

}  // namespace
}  // namespace chunkmark::zarr
