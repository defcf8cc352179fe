// Every compressor through every kind of view: round trips, what is stored, what damage is noticed.
#include <blosc.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <functional>
#include <random>

#include "base/error.h"
#include "native/os/thread_executor.h"
#include "storage/codec/blosc_codec.h"
#include "storage/codec/blosc_format.h"
#include "storage/codec/chain.h"
#include "storage/codec/deflate_segment.h"
#include "storage/codec/gzip_codec.h"
#include "storage/codec/registry.h"
#include "storage/codec/zstd_codec.h"
#include "storage/store/memory_store.h"
#include "unit/catch.h"

namespace chunkmark::codec {
namespace {

using array::ChunkForm;
using array::Dest;
using array::DType;
using array::Kind;
using array::Shape;
using array::Source;
using Bytes = std::vector<std::byte>;

enum class Content { kSmooth, kRandomFloats, kNoise, kZeros };

Bytes content(Content kind, std::size_t n) {
  std::mt19937 random(3);
  Bytes bytes(n);
  if (kind == Content::kSmooth || kind == Content::kRandomFloats) {
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i + 4 <= n; i += 4) {
      const std::size_t step = i / 64;
      store_le(&bytes[i], kind == Content::kSmooth ? static_cast<float>(step) : normal(random));
    }
  } else if (kind == Content::kNoise) {
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  }
  return bytes;
}

ChunkForm form_of(Shape shape, bool swap = false) {
  ChunkForm form;
  form.chunk_shape = std::move(shape);
  form.swap_bytes = swap;
  return form;
}

ChunkSource source_of(const Bytes& bytes, DType dtype, const Shape& shape, bool swap = false) {
  return {Source::dense(bytes.data(), dtype, shape), array::whole(shape), form_of(shape, swap)};
}

Bytes encode(const Chain& chain, const ChunkSource& source, Executor& executor) {
  store::MemoryStore store;
  const auto sink = store.create("c", chain.exact_bytes(source.bytes()));
  chain.encode(source, *sink, executor);
  sink->commit();
  const auto object = store.open("c");
  Bytes stored(static_cast<std::size_t>(object->size()));
  object->read_at(0, MutableByteView(stored));
  return stored;
}

void decode(const Chain& chain, const Bytes& stored, const ChunkDest& dest, Executor& executor) {
  store::MemoryStore store;
  const auto sink = store.create("c", stored.size());
  sink->append(stored);
  sink->commit();
  chain.decode(*store.open("c"), dest, executor);
}

Bytes decode(const Chain& chain, const Bytes& stored, DType dtype, const Shape& shape, Executor& executor) {
  Bytes memory(static_cast<std::size_t>(array::checked_element_count(shape, dtype.item_bytes, "test")) *
               dtype.item_bytes);
  decode(chain, stored, {Dest::dense(memory.data(), dtype, shape), array::whole(shape), form_of(shape)}, executor);
  return memory;
}

std::vector<Chain> chains(DType dtype) {
  std::vector<Chain> all;
  for (const char* name : {"none", "blosc", "zstd", "gzip"}) {
    for (const bool checksum : {false, true}) {
      Chain chain;
      chain.compressor = default_compressor(name, dtype);
      chain.checksum = checksum;
      all.push_back(chain);
    }
  }
  return all;
}

TEST_CASE("every chain round trips through dense, strided, padded and swapped chunks, alike for every width") {
  InlineExecutor inline_executor;
  os::ThreadExecutor threads(3);
  constexpr DType kTypes[] = {
      {Kind::kBool, 1}, {Kind::kFloat, 2}, {Kind::kFloat, 4}, {Kind::kFloat, 8}, {Kind::kComplex, 16}};
  for (const DType dtype : kTypes) {
    // 2.3 MB in rows of 1000 elements, so that blosc makes several blocks and a short one.
    const Shape shape{std::uint64_t{2304} / dtype.item_bytes, 1000};
    const Bytes bytes = content(Content::kRandomFloats, shape[0] * shape[1] * dtype.item_bytes);
    Bytes columns(bytes.size());  // the same array with the dimensions' memory order exchanged
    const std::size_t item = dtype.item_bytes;
    for (std::size_t r = 0; r < shape[0]; ++r) {
      for (std::size_t c = 0; c < shape[1]; ++c) {
        std::memcpy(&columns[(c * shape[0] + r) * item], &bytes[(r * shape[1] + c) * item], item);
      }
    }
    const array::Strides across{static_cast<std::int64_t>(item), static_cast<std::int64_t>(shape[0] * item)};
    for (const Chain& chain : chains(dtype)) {
      CAPTURE(array::dtype_name(dtype), chain.checksum);
      INFO((chain.compressor ? chain.compressor->name() : "none"));
      const Bytes stored = encode(chain, source_of(bytes, dtype, shape), inline_executor);
      CHECK((encode(chain, source_of(bytes, dtype, shape), threads) == stored));
      CHECK((decode(chain, stored, dtype, shape, inline_executor) == bytes));
      CHECK((decode(chain, stored, dtype, shape, threads) == bytes));

      const ChunkSource strided({columns.data(), dtype, shape, across}, array::whole(shape), form_of(shape));
      const Bytes from_strided = encode(chain, strided, threads);
      CHECK((decode(chain, from_strided, dtype, shape, threads) == bytes));
      Bytes back(columns.size());
      decode(chain, stored, {{back.data(), dtype, shape, across}, array::whole(shape), form_of(shape)}, threads);
      CHECK((back == columns));

      // The other byte order: once there and back, and different on the way unless elements are single bytes.
      const Bytes swapped = encode(chain, source_of(bytes, dtype, shape, true), threads);
      Bytes unswapped(bytes.size());
      decode(chain, swapped, {Dest::dense(unswapped.data(), dtype, shape), array::whole(shape), form_of(shape, true)},
             threads);
      CHECK((unswapped == bytes));
      CHECK((decode(chain, swapped, dtype, shape, threads) == bytes) == (item == 1));

      // A chunk that reaches over the array's edge, and a part from its middle.
      const Shape padded{shape[0] + 7, shape[1] + 3};
      const ChunkSource edge(Source::dense(bytes.data(), dtype, shape), array::whole(shape), form_of(padded));
      const Bytes stored_edge = encode(chain, edge, threads);
      const array::Region middle{{5, 10}, {shape[0] - 9, 700}};
      Bytes part(middle.shape[0] * middle.shape[1] * item);
      decode(chain, stored_edge, {Dest::dense(part.data(), dtype, middle.shape), middle, form_of(padded)}, threads);
      bool equal = true;
      for (std::size_t r = 0; r < middle.shape[0]; ++r) {
        equal = equal && std::memcmp(&part[r * 700 * item], &bytes[((r + 5) * shape[1] + 10) * item], 700 * item) == 0;
      }
      CHECK(equal);
    }
  }
}

TEST_CASE("a blosc chunk is byte by byte what the library makes of the whole, and the library's are read") {
  os::ThreadExecutor threads(2);
  int compared = 0;
  for (const char* compressor : {"blosclz", "lz4", "lz4hc", "zlib", "zstd"}) {
    for (const int shuffle : {0, 1, 2}) {
      for (const int level : {0, 1, 5, 9}) {
        // The slow ones once each; the test is to take seconds.
        const bool quick = std::strcmp(compressor, "lz4") == 0 || std::strcmp(compressor, "blosclz") == 0;
        const bool slow = level > 1 && !quick;
        for (const DType dtype : {DType{Kind::kUInt, 1}, DType{Kind::kFloat, 4}, DType{Kind::kComplex, 16}}) {
          if (slow && (shuffle != 1 || dtype.item_bytes != 4)) continue;
          if (level == 9 && dtype.item_bytes != 4) continue;
          for (const std::size_t extra : {std::size_t{0}, std::size_t{16 * 1001}}) {
            const Content kind = static_cast<Content>((compared / 2) % 4);
            const Bytes bytes = content(kind, (3 << 20) + extra);
            BloscSettings settings;
            settings.compressor = compressor;
            settings.level = level;
            settings.shuffle = shuffle;
            Chain chain;
            chain.compressor = std::make_shared<BloscCodec>(settings);
            const Shape shape{bytes.size() / dtype.item_bytes};
            CAPTURE(compressor, shuffle, level, dtype.item_bytes, extra, static_cast<int>(kind));
            const Bytes stored = encode(chain, source_of(bytes, dtype, shape), threads);
            Bytes whole(bytes.size() + 16);
            const int size = blosc_compress_ctx(level, shuffle, dtype.item_bytes, bytes.size(), bytes.data(),
                                                whole.data(), whole.size(), compressor, 0, 1);
            REQUIRE(size > 0);
            whole.resize(static_cast<std::size_t>(size));
            CHECK((stored == whole));
            // With two threads the library stores blocks in any order.
            Bytes unordered(bytes.size() + 16);
            const int other = blosc_compress_ctx(level, shuffle, dtype.item_bytes, bytes.size(), bytes.data(),
                                                 unordered.data(), unordered.size(), compressor, 0, 2);
            REQUIRE(other > 0);
            unordered.resize(static_cast<std::size_t>(other));
            CHECK((decode(chain, unordered, dtype, shape, threads) == bytes));
            ++compared;
          }
        }
      }
    }
  }
  CHECK(compared > 100);
}

TEST_CASE("frames and members that others make are read: several of them, without sizes, with sums") {
  InlineExecutor executor;
  const Bytes bytes = content(Content::kSmooth, 1000000);
  const DType dtype{Kind::kFloat, 4};
  const Shape shape{250000};
  const Shape half{125000};
  const Bytes first(bytes.begin(), bytes.begin() + 500000);
  const Bytes second(bytes.begin() + 500000, bytes.end());
  for (const char* name : {"zstd", "gzip"}) {
    Chain chain;
    chain.compressor = default_compressor(name, dtype);
    Bytes both = encode(chain, source_of(first, dtype, half), executor);
    const Bytes tail = encode(chain, source_of(second, dtype, half), executor);
    both.insert(both.end(), tail.begin(), tail.end());
    CHECK((decode(chain, both, dtype, shape, executor) == bytes));
  }
  // A frame without its content's size, and with a sum.
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  Bytes frame(ZSTD_compressBound(bytes.size()));
  frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), bytes.data(), bytes.size()));
  ZSTD_freeCCtx(context);
  Chain zstd;
  zstd.compressor = default_compressor("zstd", dtype);
  CHECK((decode(zstd, frame, dtype, shape, executor) == bytes));
  frame.back() ^= std::byte{1};
  CHECK_THROWS_AS(decode(zstd, frame, dtype, shape, executor), Error);
}

TEST_CASE("a zstd chunk says its content's size") {
  InlineExecutor executor;
  const Bytes bytes = content(Content::kSmooth, 400000);
  Chain chain;
  chain.compressor = default_compressor("zstd", {Kind::kFloat, 4});
  const Bytes stored = encode(chain, source_of(bytes, {Kind::kFloat, 4}, {100000}), executor);
  CHECK(ZSTD_getFrameContentSize(stored.data(), stored.size()) == 400000);
}

TEST_CASE("cut, lengthened and mislabelled chunks are refused by every compressor") {
  InlineExecutor executor;
  const DType dtype{Kind::kFloat, 4};
  const Shape shape{700000};  // 2.8 MB: blosc in blocks
  const Bytes bytes = content(Content::kRandomFloats, 2800000);
  for (const Chain& chain : chains(dtype)) {
    INFO((chain.compressor ? chain.compressor->name() : "none"));
    CAPTURE(chain.checksum);
    const Bytes stored = encode(chain, source_of(bytes, dtype, shape), executor);
    for (const std::size_t keep : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{50},
                                   stored.size() / 2, stored.size() - 5, stored.size() - 1}) {
      CAPTURE(keep);
      const Bytes cut(stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(keep));
      CHECK_THROWS_AS(decode(chain, cut, dtype, shape, executor), Error);
    }
    Bytes longer = stored;
    longer.push_back(std::byte{0});
    CHECK_THROWS_AS(decode(chain, longer, dtype, shape, executor), Error);
    CHECK_THROWS_AS(decode(chain, stored, dtype, {700001}, executor), Error);
    CHECK_THROWS_AS(decode(chain, stored, dtype, {699999}, executor), Error);
    // The same for a destination that cannot be decoded into directly.
    Bytes memory(2800008);
    const array::Strides backwards{-4};
    for (const std::uint64_t n : {699999, 700001}) {
      const ChunkDest dest({memory.data() + 4 * (n - 1), dtype, {n}, backwards}, array::whole({n}), form_of({n}));
      CHECK_THROWS_AS(decode(chain, stored, dest, executor), Error);
    }
  }
}

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
        chain.compressor = std::make_shared<GzipCodec>(GzipSettings{level});
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
  chain.compressor = default_compressor("gzip", dtype);
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
  chain.compressor = default_compressor("gzip", dtype);
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

TEST_CASE("with a checksum every flipped bit is found before it is decoded") {
  InlineExecutor executor;
  const DType dtype{Kind::kUInt, 2};
  const Bytes bytes = content(Content::kSmooth, 600);
  for (const Chain& chain : chains(dtype)) {
    if (!chain.checksum) continue;
    const Bytes stored = encode(chain, source_of(bytes, dtype, {300}), executor);
    for (std::size_t i = 0; i < stored.size(); ++i) {
      Bytes damaged = stored;
      damaged[i] ^= static_cast<std::byte>(1 << (i % 8));
      CHECK_THROWS_AS(decode(chain, damaged, dtype, {300}, executor), Error);
    }
  }
}

TEST_CASE("hostile blosc headers are refused by name") {
  InlineExecutor executor;
  const DType dtype{Kind::kFloat, 4};
  const Bytes bytes = content(Content::kRandomFloats, 2800000);
  Chain chain;
  chain.compressor = default_compressor("blosc", dtype);
  const Bytes stored = encode(chain, source_of(bytes, dtype, {700000}), executor);
  struct Row {
    std::size_t at;
    std::uint32_t value;
    std::size_t bytes;
    std::string message;
  };
  const Row rows[] = {
      {0, 3, 1, "c: expected blosc format version 2, found 3"},
      {2, 0x41, 1, "c: blosc compressor \"snappy\" is not supported"},
      {2, 0xe1, 1, "c: blosc compressor \"7\" is not supported"},
      {3, 0, 1, "c: expected a blosc element size of at least 1, found 0"},
      {4, 2800004, 4, "c: expected 2800000 bytes of content, found 2800004 in its blosc header"},
      {8, 0, 4, "c: expected a blosc block size from 1 to 2800000, found 0"},
      {8, 0xffffffff, 4, "c: expected a blosc block size from 1 to 2800000, found 4294967295"},
      {8, 1, 4, "c: expected at least 11200016 bytes for 2800000 blosc blocks, found"},
      {12, 16, 4, "c: expected the 16 bytes of its blosc header, found"},
      {16, 0, 4, "c: expected blosc block 0 between 40 and"},
      {16, 0xffffffff, 4, "c: expected blosc block 0 between 40 and"},
      {20, 40, 4, "c: expected blosc block 0 of at most 524352 bytes, found"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.at, row.value);
    Bytes damaged = stored;
    std::memcpy(&damaged[row.at], &row.value, row.bytes);
    try {
      decode(chain, damaged, dtype, {700000}, executor);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).substr(0, row.message.size()) == row.message);
    }
  }
}

}  // namespace
}  // namespace chunkmark::codec
