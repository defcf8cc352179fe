// Element types that are more than numbers: what documents of both formats say of them, fill values, arrays in memory.
#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/registry.h"
#include "storage/store/memory_store.h"
#include "storage/zarr/array.h"
#include "unit/catch.h"

namespace chunkmark::zarr {
namespace {

using array::Dest;
using array::Source;

// The message of what `call` throws, or "accepted".
template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string document3(std::string_view type, std::string_view fill, std::string_view codecs) {
  return R"({"zarr_format":3,"node_type":"array","shape":[3],"data_type":)" + std::string(type) +
         R"(,"chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2]}},"chunk_key_encoding":{"name":"default",)" +
         R"("configuration":{"separator":"/"}},"fill_value":)" + std::string(fill) + R"(,"codecs":)" +
         std::string(codecs) + R"(,"attributes":{}})";
}

std::string document2(std::string_view type, std::string_view fill, std::string_view filters = "null") {
  return R"({"zarr_format":2,"shape":[3],"chunks":[2],"dtype":)" + std::string(type) + R"(,"compressor":null,)" +
         R"("fill_value":)" + std::string(fill) + R"(,"order":"C","filters":)" + std::string(filters) +
         R"(,"dimension_separator":"."})";
}

constexpr const char* kBytes = R"([{"name":"bytes"}])";
constexpr const char* kLittle = R"([{"name":"bytes","configuration":{"endian":"little"}}])";
constexpr const char* kBig = R"([{"name":"bytes","configuration":{"endian":"big"}}])";

TEST_CASE("types and fill values are read from v3 documents, and written as they were") {
  struct Row {
    const char* type;
    const char* codecs;
    const char* fill;
    std::string element;
    std::uint32_t item_bytes;
  };
  const std::string nat("\0\0\0\0\0\0\0\x80", 8);
  const Row rows[] = {
      {R"({"name":"null_terminated_bytes","configuration":{"length_bytes":3}})", kBytes, R"("YQ==")", {"a\0\0", 3}, 3},
      {R"({"name":"null_terminated_bytes","configuration":{"length_bytes":3}})", kBytes, R"("")", "", 3},
      {R"({"name":"raw_bytes","configuration":{"length_bytes":2}})", kBytes, R"("AAE=")", {"\0\1", 2}, 2},
      {R"("r16")", kBytes, "[255,1]", "\xff\1", 2},
      {R"({"name":"fixed_length_utf32","configuration":{"length_bytes":8}})", kBig, "\"ü\"",
       std::string("\xfc\0\0\0\0\0\0\0", 8), 8},
      {R"({"name":"numpy.datetime64","configuration":{"unit":"ns","scale_factor":10}})", kLittle,
       "-9223372036854775808", nat, 8},
      {R"({"name":"numpy.timedelta64","configuration":{"unit":"s","scale_factor":1}})", kLittle, "5",
       std::string("\5\0\0\0\0\0\0\0", 8), 8},
      {R"({"name":"struct","configuration":{"fields":[{"name":"a","data_type":"int16"},{"name":"b","data_type":)"
       R"({"name":"null_terminated_bytes","configuration":{"length_bytes":1}}}]}})",
       kLittle,
       R"({"a":258,"b":"eA=="})",
       {"\2\1x", 3},
       3},
      {R"({"name":"structured","configuration":{"fields":[["a","int16"],["b","float32"]]}})", kLittle,
       R"({"a":1,"b":1.5E0})", std::string("\1\0\0\0\xc0\x3f", 6), 6},
      {R"("string")", R"([{"name":"vlen-utf8"}])", "\"grün\"", "grün", 1},
      {R"("variable_length_bytes")", R"([{"name":"vlen-bytes"}])", R"("AAE=")", {"\0\1", 2}, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    const std::string document = document3(row.type, row.fill, row.codecs);
    const ArrayMetadata metadata = parse_v3(document, "zarr.json");
    CHECK(as_text(metadata.fill) == row.element);
    CHECK(metadata.dtype.item_bytes == row.item_bytes);
    CHECK(metadata.warnings.empty());
    CHECK(parse_json(document_v3(metadata), "x") == parse_json(document, "x"));
  }
}

TEST_CASE("types and fill values are read from v2 documents, and written as they were") {
  struct Row {
    const char* type;
    const char* fill;
    std::string element;
    std::uint32_t item_bytes;
    const char* filters = "null";
  };
  const Row rows[] = {
      {R"("|S3")", R"("YQ==")", {"a\0\0", 3}, 3},
      {R"("|V2")", R"("AAE=")", {"\0\1", 2}, 2},
      {R"(">U2")", "\"ü\"", std::string("\xfc\0\0\0\0\0\0\0", 8), 8},
      {R"("<M8[ns]")", "-9223372036854775808", std::string("\0\0\0\0\0\0\0\x80", 8), 8},
      {R"(">m8[25s]")", "5", std::string("\5\0\0\0\0\0\0\0", 8), 8},
      {R"("<m8")", "5", std::string("\5\0\0\0\0\0\0\0", 8), 8},
      {R"([["a","<i2"],["b","|S1"]])", R"("AgF4")", "\2\1x", 3},
      {R"([["a",">i2"],["b",[["c","|u1"]]]])", R"("AgF4")", "\2\1x", 3},
      {R"("|O")", "\"grün\"", "grün", 1, R"([{"id":"vlen-utf8"}])"},
      {R"("|O")", "null", "", 1, R"([{"id":"vlen-bytes"}])"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    const std::string document = document2(row.type, row.fill, row.filters);
    const ArrayMetadata metadata = parse_v2(document, ".zarray");
    CHECK(as_text(metadata.fill) == row.element);
    CHECK(metadata.dtype.item_bytes == row.item_bytes);
    CHECK(parse_json(document_v2(metadata), "x") == parse_json(document, "x"));
  }
}

TEST_CASE("what other writers have otherwise is read as it is meant") {
  struct Row {
    std::string document, element, warning;
  };
  const std::string nan("\0\0\xc0\x7f", 4);
  const Row rows3[] = {
      {document3(R"("int16")", "3.0", kLittle),
       {"\3\0", 2},
       "doc: fill_value of int16 written as a floating point number: 3E0"},
      {document3(R"("uint64")", "1.8e19", kLittle), std::string("\0\0\x08\xc5\xa1\xd8\xcc\xf9", 8),
       "doc: fill_value of uint64 written as a floating point number: 1.8E19"},
      {document3(R"("float32")", "NaN", kLittle), nan, "doc: NaN outside strings, which is not JSON"},
      {document3(R"({"name":"numpy.datetime64","configuration":{"unit":"ns","scale_factor":1}})", R"("NaT")", kLittle),
       std::string("\0\0\0\0\0\0\0\x80", 8), ""},
      {document3(R"({"name":"struct","configuration":{"fields":[{"name":"a","data_type":"int16"}]}})", R"("AgE=")",
                 kLittle),
       "\2\1", ""},
  };
  const Row rows2[] = {
      {document2(R"("<f4")", "-Infinity"), std::string("\0\0\x80\xff", 4),
       "doc: -Infinity outside strings, which is not JSON"},
      {document2(R"("|b1")", "0.0"), std::string(1, '\0'),
       "doc: fill_value of bool written as a floating point number: 0E0"},
      {document2(R"("<U1")", "0"), "", ""},
  };
  const auto run = [](const Row& row, auto parse) {
    CAPTURE(row.document);
    const ArrayMetadata metadata = parse(row.document, "doc");
    CHECK(as_text(metadata.fill) == row.element);
    const std::vector<std::string> expected =
        row.warning.empty() ? std::vector<std::string>() : std::vector{row.warning};
    CHECK(metadata.warnings == expected);
  };
  for (const Row& row : rows3) run(row, parse_v3);
  for (const Row& row : rows2) run(row, parse_v2);
}

TEST_CASE("attributes with NaN are read, and strings that say so are left alone") {
  store::MemoryStore store;
  InlineExecutor executor;
  store::write_text(store, ".zarray", document2(R"("<f4")", "0.0"));
  store::write_text(store, ".zattrs", R"({"missing": NaN, "text": "a \"NaN\" or -Infinity", "low": -Infinity})");
  const ArrayMetadata metadata = Array::open(store, "", executor).metadata();
  CHECK(metadata.attributes.at("missing") == "NaN");
  CHECK(metadata.attributes.at("low") == "-Infinity");
  CHECK(metadata.attributes.at("text") == "a \"NaN\" or -Infinity");
  CHECK(metadata.warnings == std::vector<std::string>{".zattrs: NaN outside strings, which is not JSON"});
}

TEST_CASE("types and fill values that make no sense or are not supported are refused by name") {
  struct Row {
    std::string document, message;
  };
  const Row rows3[] = {
      {document3(R"("r12")", "[1]", kBytes), "doc: expected raw bits by eights, found r12"},
      {document3(R"({"name":"raw_bytes","configuration":{"length_bytes":0}})", R"("")", kBytes),
       "doc: expected elements of 1 to 16777216 bytes, a multiple of 1, found 0"},
      {document3(R"({"name":"fixed_length_utf32","configuration":{"length_bytes":6}})", R"("")", kLittle),
       "doc: expected elements of 1 to 16777216 bytes, a multiple of 4, found 6"},
      {document3(R"({"name":"numpy.datetime64","configuration":{"unit":"x","scale_factor":1}})", "0", kLittle),
       "doc: expected a unit of time, found x"},
      {document3(R"({"name":"numpy.datetime64","configuration":{"unit":"s","scale_factor":0}})", "0", kLittle),
       "doc: expected scale_factor from 1 to 2^31 - 1, found 0"},
      {document3(R"({"name":"struct","configuration":{"fields":[{"name":"a","data_type":"string"}]}})", R"("")",
                 kLittle),
       "doc: variable-length field \"a\" is not supported"},
      {document3(R"({"name":"struct","configuration":{"fields":[{"name":"a","data_type":"int16"}]}})", R"("")", kBig),
       "doc: byte order of structs \"big\" is not supported"},
      {document3(R"("string")", R"("")", kBytes), "doc: expected the \"vlen-utf8\" codec first, found bytes"},
      {document3(R"({"name":"raw_bytes","configuration":{"length_bytes":2}})", R"("AAAA")", kBytes),
       "doc: expected a fill_value for \"|V2\", found \"AAAA\""},
      {document3(R"({"name":"fixed_length_utf32","configuration":{"length_bytes":4}})", R"("ab")", kLittle),
       "doc: expected a fill_value for \"<U1\", found \"ab\""},
      {document3(R"("int16")", "1.5", kLittle), "doc: expected a fill_value for int16, found 1.5E0"},
      {document3(R"("uint8")", "256.0", kBytes), "doc: expected a fill_value for uint8, found 256"},
      {document3(R"("int16")", "0",
                 R"([{"name":"numcodecs.delta","configuration":{"dtype":"<i2"}},{"name":"transpose","configuration":)"
                 R"({"order":[0]}},{"name":"bytes","configuration":{"endian":"little"}}])"),
       "doc: transpose after \"numcodecs.delta\" is not supported"},
      {document3(R"("int16")", "0",
                 R"([{"name":"numcodecs.delta","configuration":{"dtype":"<i2"}},{"name":"sharding_indexed"}])"),
       "doc: filter before shards \"numcodecs.delta\" is not supported"},
      {document3(R"("int16")", "0", R"([{"name":"bytes","configuration":{"endian":"little"}},{"name":"zlib"}])"),
       "doc: codec \"zlib\" is not supported"},
  };
  const Row rows2[] = {
      {document2(R"("|O")", "null", R"([{"id":"pickle"}])"),
       "doc: dtype \"|O\" with object codec \"pickle\" is not supported"},
      {document2(R"("<M8[x]")", "0"), "doc: expected a unit of time, found x"},
      {document2(R"("|S0")", R"("")"), "doc: expected elements of 1 to 16777216 bytes, a multiple of 1, found 0"},
      {document2(R"("|S99999999999")", R"("")"),
       "doc: expected elements of 1 to 16777216 bytes, a multiple of 1, found 16777217"},
      {document2(R"([["a","<i2",[3]]])", R"("")"), "doc: field with a shape \"a\" is not supported"},
      {document2(R"("|S3")", R"("YQ")"), "doc: expected a fill_value for \"|S3\", found \"YQ\""},
  };
  for (const Row& row : rows3) CHECK(message_of([&] { parse_v3(row.document, "doc"); }) == row.message);
  for (const Row& row : rows2) CHECK(message_of([&] { parse_v2(row.document, "doc"); }) == row.message);
}

TEST_CASE("filters stand before bytes in v3 and among the filters in v2, in the order of the bytes") {
  const std::string codecs =
      R"([{"name":"numcodecs.fixedscaleoffset","configuration":{"dtype":"<f4","astype":"<i2","offset":1,"scale":1E1}},)"
      R"({"name":"numcodecs.delta","configuration":{"dtype":"<i2","astype":"<i2"}},)"
      R"({"name":"bytes","configuration":{"endian":"big"}},{"name":"numcodecs.shuffle","configuration":{"elementsize":2}},)"
      R"({"name":"numcodecs.zlib","configuration":{"level":3}},{"name":"crc32c"}])";
  const std::string text = document3(R"("float32")", "0E0", codecs);
  ArrayMetadata metadata = parse_v3(text, "zarr.json");
  CHECK(parse_json(document_v3(metadata), "x") == parse_json(text, "x"));
  InlineExecutor executor;
  const float values[] = {1.5f, -20.0f, 3.25f};
  float found[3] = {};
  const auto memory = reinterpret_cast<std::byte*>(found);
  store::MemoryStore store3, store2;
  Array::create(store3, "", metadata, executor)
      .write(Source::dense(reinterpret_cast<const std::byte*>(values), metadata.dtype, {3}));
  Array::open(store3, "", executor).read_into(Dest::dense(memory, metadata.dtype, {3}));
  CHECK((found[0] == 1.5f && found[1] == -20.0f));
  CHECK(found[2] == 3.2f);
  metadata.format = Format::kV2;
  metadata.separator = '.';
  Array::create(store2, "", metadata, executor)
      .write(Source::dense(reinterpret_cast<const std::byte*>(values), metadata.dtype, {3}));
  CHECK(store::read_text(store2, "0", 1000) == store::read_text(store3, "c/0", 1000));
  Array::open(store2, "", executor).read_into(Dest::dense(memory, metadata.dtype, {3}));
  CHECK(found[2] == 3.2f);
  // One byte order is all that v3 can say.
  const ArrayMetadata mixed =
      parse_v2(document2(R"("<i2")", "0", R"([{"id":"delta","dtype":"<i2","astype":">i2"}])"), ".zarray");
  CHECK(message_of([&] { document_v3(mixed); }) ==
        "Zarr v3 array: byte order of its own in filter \"delta\" is not supported");
}

TEST_CASE("elements of every size go through arrays of both byte orders, with padding and parts of chunks") {
  InlineExecutor executor;
  const std::string types[] = {document2(R"(">U5")", "\"ab\""), document2(R"("|S300")", R"("YQ==")"),
                               document2(R"(">M8[D]")", "7"), document2(R"([["a","<i4"],["b","<f8"]])", R"("AAAA")")};
  for (const std::string& text : types) {
    for (const char* codec : {"none", "blosc", "zstd", "gzip"}) {
      CAPTURE(text, codec);
      ArrayMetadata metadata = parse_v2(text, "doc");
      metadata.shape = {37, 11};
      metadata.chunk_shape = {20, 7};
      metadata.chain.codecs = codec::default_codecs(codec, metadata.dtype);
      const std::size_t item = metadata.dtype.item_bytes;
      std::vector<std::byte> data(37 * 11 * item), found(data.size());
      for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7 % 251);
      store::MemoryStore store;
      Array array = Array::create(store, "", metadata, executor);
      const Source all = Source::dense(data.data(), metadata.dtype, {37, 11});
      array.write({{5, 0}, {32, 11}}, all.part({{5, 0}, {32, 11}}));
      array.write({{0, 0}, {5, 11}}, all.part({{0, 0}, {5, 11}}));
      array.read_into(Dest::dense(found.data(), metadata.dtype, {37, 11}));
      CHECK(found == data);
    }
  }
}

TEST_CASE("variable-length strings are written and read, in parts, orders and both formats") {
  InlineExecutor executor;
  const std::string documents[] = {
      document3(R"("string")", R"("-")",
                R"([{"name":"transpose","configuration":{"order":[1,0]}},{"name":"vlen-utf8"},)"
                R"({"name":"zstd","configuration":{"level":1,"checksum":false}}])"),
      document3(R"("string")", R"("-")", R"([{"name":"vlen-utf8"},{"name":"numcodecs.zlib"},{"name":"crc32c"}])"),
      document3(
          R"("string")", R"("-")",
          R"([{"name":"transpose","configuration":{"order":[1,0]}},{"name":"sharding_indexed","configuration":)"
          R"({"chunk_shape":[1,3],"codecs":[{"name":"transpose","configuration":{"order":[1,0]}},)"
          R"({"name":"vlen-utf8"}],"index_codecs":[{"name":"bytes","configuration":{"endian":"little"}},"crc32c"],"index_location":"start"}},"crc32c"])"),
      document2(R"("|O")", R"("-")", R"([{"id":"vlen-utf8"}])")};
  for (std::string text : documents) {
    for (const auto& [what, by] : {std::pair<std::string, std::string>{"[3]", "[4,5]"}, {"[2]", "[3,2]"}}) {
      text.replace(text.find(what), what.size(), by);
    }
    CAPTURE(text);
    store::MemoryStore store;
    const ArrayMetadata metadata =
        text.find("\"zarr_format\":3") != std::string::npos ? parse_v3(text, "doc") : parse_v2(text, "doc");
    Array array = Array::create(store, "", metadata, executor);
    std::vector<std::string> expected(20, "-");
    CHECK(array.read_strings(array::whole({4, 5})) == expected);
    const std::vector<std::string> written = {"a", "", "grün", std::string(300, 'x'), "e", std::string("\0z", 2)};
    array.write_strings({{1, 1}, {2, 3}}, written);
    for (std::size_t i = 0; i < 6; ++i) expected[(1 + i / 3) * 5 + 1 + i % 3] = written[i];
    Array again = Array::open(store, "", executor);
    CHECK(again.read_strings(array::whole({4, 5})) == expected);
    CHECK(again.read_strings({{2, 2}, {1, 2}}) == std::vector<std::string>{"e", std::string("\0z", 2)});
    std::byte byte{};
    CHECK(message_of([&] {
            again.read_into({{0, 0}, {1, 1}}, Dest::dense(&byte, metadata.dtype, {1, 1}));
          }) == "array \"\": expected a call for variable-length strings, found memory");
    CHECK(message_of([&] { again.write_strings({{0, 0}, {1, 1}}, {}); }) == "array \"\": expected 1 strings, found 0");
  }
}

TEST_CASE("chunks of strings that are not whole are refused by name") {
  InlineExecutor executor;
  store::MemoryStore store;
  const std::string text = document3(R"("string")", R"("")", R"([{"name":"vlen-utf8"}])");
  Array array = Array::create(store, "", parse_v3(text, "doc"), executor);
  const auto read = [&](std::string_view chunk) {
    store::write_text(store, "c/0", std::string(chunk));
    return message_of([&] { array.read_strings({{0}, {1}}); });
  };
  CHECK(read({"\2\0", 2}) == "c/0: expected the number of strings, found 2 bytes at the end");
  CHECK(read({"\3\0\0\0", 4}) == "c/0: expected 2 strings, found 3");
  CHECK(read({"\2\0\0\0\0\0\0\0", 8}) == "c/0: expected 2 strings, found 4 bytes for them");
  CHECK(read({"\2\0\0\0\5\0\0\0abcd", 12}) == "c/0: expected a string of 5 bytes, found 4");
  CHECK(read({"\2\0\0\0\1\0\0\0a\0\0\0\0x", 14}) == "c/0: expected nothing behind the strings, found 1 bytes");
  CHECK(read({"\2\0\0\0\1\0\0\0a\0\0\0\0", 13}) == "accepted");
}

}  // namespace
}  // namespace chunkmark::zarr
