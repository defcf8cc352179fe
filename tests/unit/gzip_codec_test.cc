// gzip chunks: what is stored is what others read, and what others store is read or refused by what is wrong with it.
#include "storage/codec/gzip_codec.h"

#include <zlib.h>

#include <cstring>
#include <functional>

#include "storage/codec/deflate_segment.h"
#include "unit/catch.h"
#include "unit/codec_fixture.h"

namespace chunkmark::codec {
namespace {

// What zlib makes of a gzip member, or with `window` -15 of a bare DEFLATE stream; empty unless it ends where `stored`
// does.
Bytes zlib_inflate(const Bytes& stored, std::size_t bytes, int window = 15 + 16) {
  Bytes content(bytes + 1);  // room to see that there is no more
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, window) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stored.data()));
  stream.avail_in = static_cast<uInt>(stored.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
  content.resize(whole ? content.size() - stream.avail_out : 0);
  inflateEnd(&stream);
  return content;
}

TEST_CASE("a gzip chunk is one member, which zlib reads, at every level and around the segments' ends") {
  os::ThreadExecutor threads(3);
  const DType dtype{Kind::kUInt, 1};
  for (int level = 0; level <= 9; ++level) {
    for (const Content kind : {Content::kSmooth, Content::kRandomFloats, Content::kNoise, Content::kZeros}) {
      for (const std::size_t n : {std::size_t{1}, kGzipSegmentBytes - 1, kGzipSegmentBytes, kGzipSegmentBytes + 1,
                                  2 * kGzipSegmentBytes + 12345}) {
        if (level % 4 != 1 && n > kGzipSegmentBytes + 1) continue;
        CAPTURE(level, static_cast<int>(kind), n);
        const Bytes bytes = content(kind, n);
        Chain chain;
        chain.codecs = {std::make_shared<GzipCodec>(GzipSettings{level})};
        const Bytes stored = encode(chain, source_of(bytes, dtype, {n}), threads);
        CHECK((zlib_inflate(stored, n) == bytes));
        CHECK((decode(chain, stored, dtype, {n}, threads) == bytes));
      }
    }
  }
}

TEST_CASE("deflated segments join at every bit") {
  std::mt19937 random(5);
  const std::string name = "c";
  for (const int level : {0, 1, 6}) {
    DeflateSegment deflate(level, 70000, name);
    Bytes stored, expected;
    for (int i = 0; i < 200; ++i) {
      Bytes part(i % 50 == 1 ? random() % 70001 : i % 7 == 0 ? 0 : random() % 300);
      for (std::byte& b : part) b = static_cast<std::byte>("acgt"[random() % 4]);
      const ByteView segment = deflate.compress(part, i == 199);
      stored.insert(stored.end(), segment.begin(), segment.end());
      expected.insert(expected.end(), part.begin(), part.end());
    }
    CHECK((zlib_inflate(stored, expected.size(), -15) == expected));
  }
}

TEST_CASE("gzip chunks are refused by what is wrong with them") {
  InlineExecutor executor;
  const DType dtype{Kind::kUInt, 1};
  const Bytes bytes = content(Content::kNoise, 300000);  // stored longer than one piece
  Chain chain;
  chain.codecs = default_codecs("gzip", dtype);
  const Bytes whole = encode(chain, source_of(bytes, dtype, {300000}), executor);
  const std::string size = std::to_string(whole.size());
  struct Row {
    const char* name;
    std::function<void(Bytes&)> damage;
    std::uint64_t expected_bytes;
    std::string message;
  };
  const Row rows[] = {
      {"empty", [](Bytes& b) { b.clear(); }, 300000,
       "c: expected the end of the gzip stream, found the end of the object at 0"},
      {"cut in the trailer", [](Bytes& b) { b.pop_back(); }, 300000,
       "c: expected the end of the gzip stream, found the end of the object at " + std::to_string(whole.size() - 1)},
      {"no gzip", [](Bytes& b) { b[0] = std::byte{'P'}; }, 300000,
       "c: expected a gzip stream, found: incorrect header check"},
      {"another method", [](Bytes& b) { b[2] = std::byte{7}; }, 300000,
       "c: expected a gzip stream, found: unknown compression method"},
      {"a wrong sum", [](Bytes& b) { b[b.size() - 8] ^= std::byte{1}; }, 300000,
       "c: expected a gzip stream, found: incorrect data check"},
      {"zeros behind", [](Bytes& b) { b.resize(b.size() + 9); }, 300000,
       "c: expected another gzip member or the end, found garbage at " + size},
      {"fewer", [](Bytes&) {}, 300001, "c: expected 300001 bytes of content, found fewer"},
      {"more", [](Bytes&) {}, 299999, "c: expected 299999 bytes of content, found more"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Bytes stored = whole;
    row.damage(stored);
    std::string message;
    try {
      decode(chain, stored, dtype, {row.expected_bytes}, executor);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kCorrupt);
      message = error.what();
    }
    CHECK(message == row.message);
  }
}

TEST_CASE("a gzip member's header may lie across the pieces that are read") {
  InlineExecutor executor;
  const DType dtype{Kind::kUInt, 1};
  // A first member without content whose file name fills the piece but for a few bytes of what follows.
  const Bytes bytes = content(Content::kSmooth, 1000);
  Chain chain;
  chain.codecs = default_codecs("gzip", dtype);
  Bytes named = encode(chain, source_of(bytes, dtype, {1000}), executor);
  named[3] = std::byte{0x18};  // FNAME, FCOMMENT
  const ByteView texts = std::as_bytes(std::span("name\0comment"));
  named.insert(named.begin() + 10, texts.begin(), texts.end());
  for (std::size_t before = 0; before < 30; ++before) {
    CAPTURE(before);
    Bytes stored{std::byte{0x1f}, std::byte{0x8b}, std::byte{8}, std::byte{8}};
    stored.resize(10);
    stored.resize(kGzipPieceBytes - before - 11, std::byte{'n'});
    // The end of the name, an empty block, the sum and the size of nothing.
    stored.insert(stored.end(), {std::byte{0}, std::byte{3}});
    stored.resize(stored.size() + 9);
    REQUIRE(stored.size() == kGzipPieceBytes - before);
    stored.insert(stored.end(), named.begin(), named.end());
    CHECK((decode(chain, stored, dtype, {1000}, executor) == bytes));
  }
}

}  // namespace
}  // namespace chunkmark::codec
