// numcodecs' codecs against what numcodecs 0.17 itself makes of the same bytes, both ways; and what they refuse.
#include "base/json_members.h"
#include "storage/codec/element_filter.h"
#include "unit/catch.h"
#include "unit/codec_fixture.h"

namespace chunkmark::codec {
namespace {

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 2 <= hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    text += "0123456789abcdef"[std::to_integer<int>(byte) >> 4];
    text += "0123456789abcdef"[std::to_integer<int>(byte) & 15];
  }
  return text;
}

// {"id": .., settings}, as Zarr v2 has it.
Chain chain_of(const char* document, const char* type) {
  const json::value parsed = parse_json(document, "doc");
  const json::object& settings = as_object(parsed, "codec", "doc");
  const std::string id = text_member(settings, "id", "doc");
  const array::NumpyType elements = array::parse_numpy_type_string(type).value();
  Chain chain;
  chain.codecs.push_back(is_filter_id(id) ? make_filter(id, settings, Dialect::kNumcodecs, elements, "doc")
                                          : make_codec(id, settings, Dialect::kNumcodecs, elements.dtype, "doc"));
  return chain;
}

constexpr DType kByte{Kind::kUInt, 1};
constexpr const char* kInts = "0100000005000000fdffffffffffff7f0000008007000000";

TEST_CASE("what numcodecs makes of some bytes, we make of them and back") {
  struct Row {
    const char* codec;
    const char* type;
    const char* content;
    const char* stored;
    const char* decoded;  // empty: the content
    bool exact;           // whether the encoder's choices are fixed
  };
  const Row rows[] = {
      {R"({"id":"zlib","level":1})", "<i4", kInts, "7801636460606005e2bfffc1a01ec86c60071200622c0804", "", false},
      {R"({"id":"bz2","level":1})", "<i4", kInts,
       "425a68313141592653596614805b00000640c0f2800000c0000002a0002193419083262316ee1025368599e2ee48a70a120cc2900b60",
       "", false},
      {R"({"id":"lz4","acceleration":1})", "<i4", kInts, "18000000a10100000005000000fdff0100907f0000008007000000", "",
       false},
      {R"({"id":"shuffle","elementsize":4})", "<i4", kInts, "0105fdff00070000ffff00000000ffff00000000ff7f8000", "",
       true},
      {R"({"id":"shuffle","elementsize":3})", "<i4", kInts, "010000ffff7f0000000500ffff0080000000fdffff000700", "",
       true},
      {R"({"id":"adler32"})", "<i4", kInts, "04082c620100000005000000fdffffffffffff7f0000008007000000", "", true},
      {R"({"id":"crc32"})", "<i4", kInts, "255fc4530100000005000000fdffffffffffff7f0000008007000000", "", true},
      {R"({"id":"crc32","location":"end"})", "<i4", kInts, "0100000005000000fdffffffffffff7f0000008007000000255fc453",
       "", true},
      {R"({"id":"delta","dtype":"<i4","astype":"<i4"})", "<i4", kInts,
       "0100000004000000f8ffffff020000800100000007000080", "", true},
      {R"({"id":"delta","dtype":">i4","astype":"<i2"})", ">i4", "000003e8000003e9000003e7000003de", "e8030100fefff7ff",
       "", true},
      {R"({"id":"delta","dtype":"|u1","astype":"|u1"})", "|u1", "0ac805ff", "0abe3dfa", "", true},
      {R"({"id":"delta","dtype":"|u1","astype":"<i2"})", "|u1", "0ac805ff", "0a00be003d00fa00", "", true},
      {R"({"id":"delta","dtype":"<f4"})", "<f4", "cdcccc3d9a99993e6666f6c020bcbe4c0000803f",
       "cdcccc3dcecc4c3e000000c121bcbe4c20bcbecc", "cdcccc3d9a99993e6666f6c020bcbe4c00000000", true},
      {R"({"id":"delta","dtype":"<f2","astype":"<f2"})", "<f2", "662ecd34b3c7d063003c", "662e673200c8df63cee3", "",
       true},
      {R"({"id":"delta","dtype":"<f8","astype":"<i2"})", "<f8",
       "00000000000059400000000000c0594000000000008056400000000000005e40", "64000300f3ff1e00", "", true},
      {R"({"id":"fixedscaleoffset","offset":1000,"scale":10,"dtype":"<f8","astype":"|u1"})", "<f8",
       "0000000000408f4085eb51b81e598f40cdcccccccca28f400000000000069040", "001f7cff",
       "0000000000408f40cdcccccccc588f403333333333a38f400000000000069040", true},
      {R"({"id":"fixedscaleoffset","offset":2,"scale":10,"dtype":"<f8","astype":"<u2"})", "<f8", "0000000000000000",
       "ecff", "9a9999999999b940", true},  // what does not fit keeps its lowest bits
      {R"({"id":"fixedscaleoffset","offset":0.5,"scale":3,"dtype":"<f4","astype":"<i2"})", "<f4",
       "cdcccc3d000020406666f6c00000c842", "ffff0600e7ff2a01", "abaa2a3e00002040abaafac0abaac742", true},
      {R"({"id":"fixedscaleoffset","offset":5,"scale":2,"dtype":"<i4","astype":"<i2"})", "<i4",
       "0100000005000000fdffffff64000000", "f8ff0000f0ffbe00", "", true},
      {R"({"id":"fixedscaleoffset","offset":5,"scale":0.5,"dtype":"<i4","astype":"<i2"})", "<i4",
       "0100000005000000fdffffff65000000", "feff0000fcff3000", "", true},
      {R"({"id":"fixedscaleoffset","offset":0.1,"scale":10,"dtype":"<f2","astype":"<f2"})", "<f2", "662e0041b3c7",
       "0000004ee0d4", "", true},
      {R"({"id":"packbits"})", "|b1", "0100010100000001010001", "05b1a0", "", true},
      {R"({"id":"packbits"})", "|b1", "0100010100000001", "00b1", "", true},
      {R"({"id":"astype","encode_dtype":"<f4","decode_dtype":"<f8"})", "<f8",
       "9a9999999999b93f0000000000000440cdcccccccccc1ec0", "cdcccc3d000020406666f6c0",
       "000000a09999b93f0000000000000440000000c0cccc1ec0", true},
      {R"({"id":"astype","encode_dtype":"|i1","decode_dtype":"<i4"})", "<i4", "010000002c010000f9ffffff", "012cf9",
       "010000002c000000f9ffffff", true},
      {R"({"id":"astype","encode_dtype":">i4","decode_dtype":"<f8"})", "<f8",
       "666666666666fe3f0000000000c072409a99999999991fc0", "000000010000012cfffffff9",
       "000000000000f03f0000000000c072400000000000001cc0", true},
      {R"({"id":"quantize","digits":1,"dtype":"<f8","astype":"<f4"})", "<f8",
       "8d976e1283c0f33f8d976e1283c023c03333333333035940", "0000a03f00001ec10020c842",
       "000000000000f43f0000000000c023c00000000000045940", true},
      {R"({"id":"quantize","digits":2,"dtype":"<f4","astype":"<f4"})", "<f4", "19049e3f19041ec19a19c842",
       "00009e3f00001ec10018c842", "00009e3f00001ec10018c842", true},
      {R"({"id":"quantize","digits":-1,"dtype":"<f8","astype":"<f8"})", "<f8",
       "00000000004a93408d976e1283c023c03333333333035940", "000000000040934000000000000020c00000000000005a40",
       "000000000040934000000000000020c00000000000005a40", true},
      {R"({"id":"bitround","keepbits":3})", "<f4", "19049e3f19041ec19a19c842", "0000a03f000020c10000d042",
       "0000a03f000020c10000d042", true},
      {R"({"id":"bitround","keepbits":0})", "<f8", "8d976e1283c0f33f8d976e1283c023c03333333333035940",
       "000000000000f03f00000000000020c00000000000006040", "000000000000f03f00000000000020c00000000000006040", true},
      {R"({"id":"bitround","keepbits":10})", "<f2", "f03cf0c84156", "f03cf0c84156", "", true},
#ifdef CHUNKMARK_HAS_LZMA
      {R"({"id":"lzma","format":1,"check":-1,"preset":null,"filters":null})", "<i4", kInts,
       "fd377a585a000004e6d6b4460200210116000000742fe5a3e0001700145d0000803c7ab0152e070b676cfa180d9f336bd8e00000756ae83"
       "0abc87f94000130188e1bacec1fb6f37d010000000004595a",
       "", false},
      {R"({"id":"lzma","format":2,"check":-1,"preset":null,"filters":null})", "<i4", kInts,
       "5d00008000ffffffffffffffff0000803c7ab0152e070b676cfa180d9f3395cb56dfffeb1f0000", "", false},
      {R"({"id":"lzma","format":3,"filters":[{"id":3,"dist":4},{"id":33,"preset":1}]})", "<i4", kInts,
       "0100170100000004000000f8ffffff02000080010101010700008000", "", false},
#endif
  };
  InlineExecutor executor;
  for (const Row& row : rows) {
    CAPTURE(row.codec);
    const Chain chain = chain_of(row.codec, row.type);
    const Bytes content = from_hex(row.content);
    const std::string expected = *row.decoded == '\0' ? row.content : row.decoded;
    CHECK(hex(decode(chain, from_hex(row.stored), kByte, {content.size()}, executor)) == expected);
    const Bytes stored = encode(chain, source_of(content, kByte, {content.size()}), executor);
    if (row.exact) CHECK(hex(stored) == row.stored);
    CHECK(hex(decode(chain, stored, kByte, {content.size()}, executor)) == expected);
    // Through scratch: the bytes of every other place in memory.
    Bytes apart(2 * content.size());
    const array::Strides strides{2};
    const Shape shape{content.size()};
    decode(chain, stored, {Dest{apart.data(), kByte, shape, strides}, array::whole(shape), form_of(shape)}, executor);
    CHECK((encode(chain, {Source{apart.data(), kByte, shape, strides}, array::whole(shape), form_of(shape)},
                  executor) == encode(chain, source_of(from_hex(expected), kByte, shape), executor)));
    // Behind another codec, whose bytes' number only this one knows, or nobody.
    if (chain.codecs[0]->element_types() == nullptr && chain.codecs[0]->name() != "shuffle") {
      Chain two = chain;
      two.codecs.insert(two.codecs.begin(), default_codecs("zstd", kByte).front());
      CHECK((decode(two, encode(two, source_of(content, kByte, shape), executor), kByte, shape, executor) == content));
    }
    // What is read is written.
    const json::object settings = chain.codecs[0]->configuration(Dialect::kNumcodecs);
    json::object document{{"id", chain.codecs[0]->name()}};
    for (const auto& [key, value] : settings) document[key] = value;
    const Chain again = chain_of(json::serialize(document).c_str(), row.type);
    CHECK(again.codecs[0]->configuration(Dialect::kNumcodecs) == settings);
  }
}

TEST_CASE("bytes that a codec did not make are refused by name") {
  struct Row {
    const char* codec;
    const char* type;
    const char* stored;
    std::size_t content_bytes;
    const char* message;
  };
  const Row rows[] = {
      {R"({"id":"zlib"})", "<i4", "7801636460606005e2bfffc1a01ec86c6007", 24,
       "c: expected a whole stream, found one that is cut off at 18"},
      {R"({"id":"zlib"})", "<i4", "7801636460606005e2bfffc1a01ec86c60071200622c0804", 23,
       "c: expected 23 bytes of content, found more"},
      {R"({"id":"zlib"})", "<i4", "7801636460606005e2bfffc1a01ec86c60071200622c0804", 25,
       "c: expected 25 bytes of content, found 24"},
      {R"({"id":"bz2"})", "<i4",
       "425a68313141592653596614805b00000640c0f2800000c0000002a0002193419083262316ee1025368599e2ee48a70a120cc2900b60fff"
       "f",
       24, "c: expected nothing behind the stream, found 2 bytes"},
      {R"({"id":"bz2"})", "<i4", "425a6831", 24, "c: expected a whole stream, found one that is cut off at 4"},
      {R"({"id":"bz2"})", "<i4", "525a683131415926", 24, "c: bz2: error -5"},
      {R"({"id":"lz4"})", "<i4", "190000", 24,
       "c: expected 4 bytes of size and an lz4 block of less than 2 GiB, found 3 bytes"},
      {R"({"id":"lz4"})", "<i4", "19000000a101", 24, "c: expected 24 bytes of content, found 25 by lz4"},
      {R"({"id":"lz4"})", "<i4", "18000000a10100000005", 24,
       "c: expected 24 bytes from an lz4 block, found a damaged block"},
      {R"({"id":"shuffle","elementsize":5})", "<i4", kInts, 24,
       "c: expected a multiple of shuffle's 5 bytes, found 24"},
      {R"({"id":"shuffle","elementsize":4})", "<i4", "01", 24, "c: expected 24 bytes of shuffle, found 1"},
      {R"({"id":"adler32"})", "<i4", "0100", 24, "c: expected 4 bytes of adler32, found 2"},
      {R"({"id":"adler32"})", "<i4", "0100000000000000", 4, "c: expected adler32 1, found 262145"},
      {R"({"id":"crc32"})", "<i4", "255fc45301", 24, "c: expected crc32 1405378341, found 2768625435"},
      {R"({"id":"delta","dtype":"<i4"})", "<i4", "0100", 24, "c: expected 24 bytes of delta, found 2"},
      {R"({"id":"packbits"})", "|b1", "05b1a0", 10, "c: expected 6 unused bits by packbits, found 5"},
      {R"({"id":"packbits"})", "|b1", "05b1", 11, "c: expected 3 bytes of packbits, found 2"},
#ifdef CHUNKMARK_HAS_LZMA
      {R"({"id":"lzma"})", "<i4", "000000000000000000000000", 24, "c: lzma: error 7"},
      {R"({"id":"lzma","format":2})", "<i4", "5dffffffffffffffffffffffff", 24,
       "c: lzma: expected to need at most 268435456 bytes of memory, found more"},
#endif
  };
  InlineExecutor executor;
  for (const Row& row : rows) {
    CAPTURE(row.codec, row.stored);
    std::string message = "decoded";
    try {
      decode(chain_of(row.codec, row.type), from_hex(row.stored), kByte, {row.content_bytes}, executor);
    } catch (const Error& error) {
      message = error.what();
      CHECK(error.code() == ErrorCode::kCorrupt);
    }
    CHECK(message == row.message);
  }
}

TEST_CASE("settings that make no sense or are not supported are refused by name") {
  struct Row {
    const char* codec;
    const char* type;
    const char* message;
  };
  const Row rows[] = {
      {R"({"id":"zlib","level":10})", "<i4", "doc: expected \"level\" from -1 to 9, found 10"},
      {R"({"id":"adler32","location":"middle"})", "<i4", "doc: expected location start or end, found middle"},
      {R"({"id":"delta","dtype":"<i8"})", "<i4", "doc: expected delta of elements of 4 bytes, found int64"},
      {R"({"id":"delta","dtype":"<c8"})", "<c8", "doc: delta dtype \"<c8\" is not supported"},
      {R"({"id":"delta","dtype":"<i4","astype":"<f4"})", "<i4", "doc: delta of \"int32 as float32\" is not supported"},
      {R"({"id":"quantize","dtype":"<i4","digits":1})", "<i4", "doc: quantize of \"int32 as int32\" is not supported"},
      {R"({"id":"bitround","keepbits":24})", "<f4", "doc: expected \"keepbits\" from 0 to 23, found 24"},
      {R"({"id":"bitround","keepbits":1})", "<i4", "doc: bitround of \"int32 as int32\" is not supported"},
      {R"({"id":"packbits"})", "<i4", "doc: packbits of \"int32\" is not supported"},
      {R"({"id":"fixedscaleoffset","scale":1})", "<i4", "doc: expected \"offset\", found none"},
      {R"({"id":"lz4","acceleration":"x"})", "<i4", "doc: expected \"acceleration\" from 0 to 65537, found \"x\""},
#ifdef CHUNKMARK_HAS_LZMA
      {R"({"id":"lzma","format":3})", "<i4", "doc: expected filters for raw lzma, found null"},
      {R"({"id":"lzma","format":3,"filters":[{"id":4},{"id":33}]})", "<i4", "doc: lzma filter \"4\" is not supported"},
      {R"({"id":"lzma","filters":[{"id":33}]})", "<i4",
       "doc: expected no filters but for raw lzma, found [{\"id\":33}]"},
#endif
  };
  for (const Row& row : rows) {
    CAPTURE(row.codec);
    std::string message = "accepted";
    try {
      chain_of(row.codec, row.type);
    } catch (const Error& error) {
      message = error.what();
    }
    CHECK(message == row.message);
  }
}

TEST_CASE("large chunks stream through zlib, bz2 and lzma in pieces") {
  InlineExecutor executor;
  const DType dtype{Kind::kFloat, 4};
  const Bytes bytes = content(Content::kRandomFloats, 1200000);
  for (const char* codec : {R"({"id":"zlib"})", R"({"id":"bz2"})", R"({"id":"lzma","preset":0})"}) {
#ifndef CHUNKMARK_HAS_LZMA
    if (std::string_view(codec).find("lzma") != std::string_view::npos) continue;
#endif
    CAPTURE(codec);
    Chain chain = chain_of(codec, "<f4");
    const Shape shape{300, 1000};
    for (const bool swap : {false, true}) {
      const Bytes stored = encode(chain, source_of(bytes, dtype, shape, swap), executor);
      Bytes found(bytes.size());
      decode(chain, stored, {Dest::dense(found.data(), dtype, shape), array::whole(shape), form_of(shape, swap)},
             executor);
      CHECK((found == bytes));
    }
    chain.codecs.push_back(default_codecs("zstd", dtype).front());
    chain.codecs.insert(chain.codecs.begin(), chain_of(R"({"id":"zlib"})", "<f4").codecs.front());
    CHECK((decode(chain, encode(chain, source_of(bytes, dtype, shape), executor), dtype, shape, executor) == bytes));
  }
}

}  // namespace
}  // namespace chunkmark::codec
