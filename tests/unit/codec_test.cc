// Every compressor through every kind of view: round trips, what is stored, what damage is noticed.
#include <blosc.h>
#include <zstd.h>

#include <cstring>
#include <functional>

#include "storage/codec/blosc_codec.h"
#include "storage/codec/blosc_format.h"
#include "storage/codec/zstd_codec.h"
#include "unit/catch.h"
#include "unit/codec_fixture.h"

namespace chunkmark::codec {
namespace {

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
      CAPTURE(array::dtype_name(dtype), names(chain));
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
            chain.codecs = {std::make_shared<BloscCodec>(settings)};
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
    chain.codecs = default_codecs(name, dtype);
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
  zstd.codecs = default_codecs("zstd", dtype);
  CHECK((decode(zstd, frame, dtype, shape, executor) == bytes));
  frame.back() ^= std::byte{1};
  CHECK_THROWS_AS(decode(zstd, frame, dtype, shape, executor), Error);
}

TEST_CASE("a zstd chunk says its content's size") {
  InlineExecutor executor;
  const Bytes bytes = content(Content::kSmooth, 400000);
  Chain chain;
  chain.codecs = default_codecs("zstd", {Kind::kFloat, 4});
  const Bytes stored = encode(chain, source_of(bytes, {Kind::kFloat, 4}, {100000}), executor);
  CHECK(ZSTD_getFrameContentSize(stored.data(), stored.size()) == 400000);
}

TEST_CASE("cut, lengthened and mislabelled chunks are refused by every compressor, but for bytes behind blosc") {
  InlineExecutor executor;
  const DType dtype{Kind::kFloat, 4};
  const Shape shape{700000};  // 2.8 MB: blosc in blocks
  const Bytes bytes = content(Content::kRandomFloats, 2800000);
  for (const Chain& chain : chains(dtype)) {
    CAPTURE(names(chain));
    const Bytes stored = encode(chain, source_of(bytes, dtype, shape), executor);
    for (const std::size_t keep : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{50},
                                   stored.size() / 2, stored.size() - 5, stored.size() - 1}) {
      CAPTURE(keep);
      const Bytes cut(stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(keep));
      CHECK_THROWS_AS(decode(chain, cut, dtype, shape, executor), Error);
    }
    Bytes longer = stored;
    longer.push_back(std::byte{0});
    if (names(chain) == "blosc") {  // z5 leaves bytes behind its chunks
      CHECK((decode(chain, longer, dtype, shape, executor) == bytes));
    } else {
      CHECK_THROWS_AS(decode(chain, longer, dtype, shape, executor), Error);
    }
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

TEST_CASE("with a checksum every flipped bit is found before it is decoded") {
  InlineExecutor executor;
  const DType dtype{Kind::kUInt, 2};
  const Bytes bytes = content(Content::kSmooth, 600);
  for (const Chain& chain : chains(dtype)) {
    if (!names(chain).ends_with("crc32c")) continue;
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
  chain.codecs = default_codecs("blosc", dtype);
  const Bytes stored = encode(chain, source_of(bytes, dtype, {700000}), executor);
  struct Row {
    std::size_t at;
    std::uint32_t value;
    std::size_t bytes;
    std::string message;
  };
  const Row rows[] = {
      {0, 3, 1, "c: expected blosc format version 2, found 3"},
      {2, 0xa1, 1, "c: blosc compressor \"5\" is not supported"},
      {2, 0xe1, 1, "c: blosc compressor \"7\" is not supported"},
      {3, 0, 1, "c: expected a blosc element size of at least 1, found 0"},
      {4, 2800004, 4, "c: expected 2800000 bytes of content, found 2800004 in its blosc header"},
      {8, 0, 4, "c: expected a blosc block size from 1 to 2800000, found 0"},
      {8, 0xffffffff, 4, "c: expected a blosc block size from 1 to 2800000, found 4294967295"},
      {8, 1, 4, "c: expected at least 11200016 bytes for 2800000 blosc blocks, found"},
      {12, 16, 4, "c: expected at least 40 bytes for 6 blosc blocks, found 16"},
      {12, 0x7fffffff, 4, "c: expected the 2147483647 bytes of its blosc header, found"},
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
