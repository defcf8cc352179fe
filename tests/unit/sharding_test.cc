// Shards: which bytes a read and an update touch, what a broken index is told as. (What they hold: zarr_array_test.)
#include "storage/codec/sharding.h"

#include <set>

#include "bytes/buffer_sink.h"
#include "bytes/memory_file.h"
#include "storage/codec/chain_document.h"
#include "unit/catch.h"
#include "unit/codec_fixture.h"

namespace chunkmark::codec {
namespace {

using array::Region;

constexpr DType kUInt16{Kind::kUInt, 2};
const Shape kShard{8, 8}, kInner{4, 2};  // eight inner chunks of 16 bytes
constexpr std::uint64_t kIndexBytes = 8 * 16 + 4;

// What is read of a file.
class CountingFile final : public bytes::MemoryFile {
 public:
  using MemoryFile::MemoryFile;
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    bytes += bytes::total_bytes(runs);
    MemoryFile::read_at(offset, runs);
  }
  mutable std::uint64_t bytes = 0;
};

Chain shards(const char* codec, bool index_at_start = false) {
  Sharding::Settings settings;
  settings.inner_shape = kInner;
  settings.inner.codecs = default_codecs(codec, kUInt16);
  settings.index.codecs = {std::make_shared<ChecksumCodec>()};
  settings.index_at_start = index_at_start;
  settings.fill = {std::byte{9}, std::byte{0}};
  Chain chain;
  chain.sharding = std::make_shared<Sharding>(std::move(settings));
  return chain;
}

Bytes numbers(std::size_t n, std::uint16_t first) {
  Bytes bytes(2 * n);
  for (std::size_t i = 0; i < n; ++i) store_le(&bytes[2 * i], static_cast<std::uint16_t>(first + i));
  return bytes;
}

ChunkSource part_source(const Bytes& bytes, const Region& region) {
  return {Source::dense(bytes.data(), kUInt16, region.shape), region, form_of(kShard)};
}

Bytes read_region(const Chain& chain, const bytes::RandomAccess& object, const Region& region) {
  InlineExecutor executor;
  Bytes bytes(2 * static_cast<std::size_t>(array::element_count(region.shape)));
  chain.decode(object, {Dest::dense(bytes.data(), kUInt16, region.shape), region, form_of(kShard)}, executor);
  return bytes;
}

Bytes updated(const Chain& chain, const bytes::RandomAccess* old, const Bytes& bytes, const Region& region) {
  InlineExecutor executor;
  bytes::BufferSink sink("shard");
  chain.sharding->update(old, part_source(bytes, region), kShard, sink, executor);
  return sink.take();
}

struct Entry {
  std::uint64_t offset, size;
};
Entry entry(const Bytes& shard, std::size_t i) {
  const std::byte* at = shard.data() + shard.size() - kIndexBytes + 16 * i;
  return {load_le<std::uint64_t>(at), load_le<std::uint64_t>(at + 8)};
}

Bytes stored(const Bytes& shard, std::size_t i) {
  const auto [offset, size] = entry(shard, i);
  const auto begin = shard.begin() + static_cast<std::ptrdiff_t>(offset);
  return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

TEST_CASE("a read of one inner chunk takes the index and that chunk's bytes, and nothing else") {
  InlineExecutor executor;
  for (const bool at_start : {false, true}) {
    for (const char* codec : {"none", "zstd"}) {
      CAPTURE(at_start, codec);
      const Chain chain = shards(codec, at_start);
      const Bytes content = numbers(64, 1);
      const Bytes shard = encode(chain, source_of(content, kUInt16, kShard), executor);
      const CountingFile file("shard", shard);
      const Bytes read = read_region(chain, file, {{4, 2}, {4, 2}});
      CHECK(load_le<std::uint16_t>(read.data()) == 1 + 4 * 8 + 2);
      const std::byte* index = shard.data() + (at_start ? 0 : shard.size() - kIndexBytes);
      // The index once to sum it and once to read it, and the sum itself.
      CHECK(file.bytes == 2 * kIndexBytes - 4 + load_le<std::uint64_t>(index + 16 * 5 + 8));
    }
  }
}

TEST_CASE("an update takes over what it does not touch, as it is stored, and decodes only what it touches in part") {
  InlineExecutor executor;
  const Chain chain = shards("zstd");
  const Bytes content = numbers(64, 1);
  const bytes::MemoryFile old("shard", encode(chain, source_of(content, kUInt16, kShard), executor));
  // Columns 2 to 5 of rows 0 to 5: chunks 1 whole, 2 whole, 5 and 6 in part.
  const Region region{{0, 2}, {6, 4}};
  const Bytes change = numbers(24, 1000);
  Bytes damaged = old.bytes();  // what is replaced whole is never looked at
  for (const std::size_t i : {1, 2})
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(entry(damaged, i).offset), 4, std::byte{});
  const Bytes shard = updated(chain, nullptr, change, region);
  const bytes::MemoryFile damaged_file("shard", damaged);
  const Bytes after = updated(chain, &damaged_file, change, region);
  for (const std::size_t untouched : {0, 3, 4, 7}) CHECK(stored(after, untouched) == stored(old.bytes(), untouched));
  const bytes::MemoryFile file("shard", after);
  CHECK(read_region(chain, file, region) == change);
  CHECK(read_region(chain, file, {{6, 2}, {2, 4}}) == read_region(chain, old, {{6, 2}, {2, 4}}));
  // Of a shard that is not there: the rest stays away, or is the fill value.
  const bytes::MemoryFile fresh("shard", shard);
  for (const std::size_t missing : {0, 3, 4, 7}) CHECK(entry(shard, missing).size == ~std::uint64_t{0});
  CHECK(read_region(chain, fresh, {{7, 0}, {1, 3}}) == Bytes{std::byte{9}, {}, std::byte{9}, {}, std::byte{9}, {}});
}

TEST_CASE("a part of a chunk that is damaged cannot be changed") {
  InlineExecutor executor;
  const Chain chain = shards("zstd");
  const Bytes content = numbers(64, 1);
  Bytes damaged = encode(chain, source_of(content, kUInt16, kShard), executor);
  damaged[static_cast<std::size_t>(entry(damaged, 0).offset)] ^= std::byte{1};
  const bytes::MemoryFile file("c/0", damaged);
  try {
    updated(chain, &file, numbers(1, 5), {{0, 0}, {1, 1}});
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kCorrupt);
    CHECK(std::string(error.what()).starts_with("c/0: inner chunk 0 of 8: "));
  }
}

TEST_CASE("a broken index is told, with the object and the inner chunk") {
  InlineExecutor executor;
  Chain chain = shards("none");
  Sharding::Settings bare = chain.sharding->settings();
  bare.index.codecs.clear();  // no sum that would tell first
  chain.sharding = std::make_shared<Sharding>(bare);
  const Bytes content = numbers(64, 1);
  const Bytes good = encode(chain, source_of(content, kUInt16, kShard), executor);
  struct Row {
    std::uint64_t offset, size;
    std::string told;
  };
  const std::uint64_t none = ~std::uint64_t{0};
  for (const Row& row : {Row{250, 16, "expected bytes of 256, found 16 at 250"}, Row{none, 16, "found 16 at 1844674"},
                         Row{0, none, "found 18446744073709551615 at 0"}, Row{0, 15, "expected 16 bytes, found 15"}}) {
    CAPTURE(row.told);
    Bytes shard = good;
    store_le(&shard[shard.size() - 128], row.offset);
    store_le(&shard[shard.size() - 120], row.size);
    const bytes::MemoryFile file("c/0", shard);
    try {
      read_region(chain, file, array::whole(kShard));
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kCorrupt);
      CHECK(std::string(error.what()).starts_with("c/0: inner chunk 0 of 8: "));
      CHECK(std::string(error.what()).find(row.told) != std::string::npos);
    }
  }
  const bytes::MemoryFile shorter("c/0", Bytes(100));
  CHECK_THROWS_WITH(read_region(chain, shorter, array::whole(kShard)),
                    "c/0: expected an index of 128 bytes, found 100 bytes in all");
  const Chain summed = shards("none");
  Bytes flipped = encode(summed, source_of(content, kUInt16, kShard), executor);
  flipped[flipped.size() - 20] ^= std::byte{1};
  const bytes::MemoryFile file("c/0", flipped);
  CHECK_THROWS_WITH(read_region(summed, file, array::whole(kShard)),
                    Catch::Matchers::StartsWith("c/0: index: expected CRC-32C"));
}

TEST_CASE("inner chunks that do not divide a shard, and indexes that are compressed, are refused by name") {
  const auto told = [](const Chain& chain, const Shape& shard) -> std::string {
    try {
      check_chain(chain, shard, "a/zarr.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  Chain chain = shards("none");
  CHECK(told(chain, kShard).empty());
  CHECK(told(chain, {8, 7}) == "a/zarr.json: expected inner chunks that divide shards of (8, 7), found (4, 2)");
  CHECK(told(chain, {8}) == "a/zarr.json: expected inner chunks that divide shards of (8), found (4, 2)");
  CHECK(told(chain, {std::uint64_t{1} << 28, 8}) ==
        "a/zarr.json: expected at most 67108864 inner chunks, found 268435456");
  Sharding::Settings compressed = chain.sharding->settings();
  compressed.index.codecs = default_codecs("zstd", {Kind::kUInt, 8});
  chain.sharding = std::make_shared<Sharding>(compressed);
  CHECK(told(chain, kShard) ==
        "a/zarr.json: expected an index whose size does not depend on its content, found one that is compressed or "
        "sharded");
}

}  // namespace
}  // namespace chunkmark::codec
