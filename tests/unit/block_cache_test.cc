// BlockCache: what it reads is what lies behind it, and how much it asks for.
#include "bytes/block_cache.h"

#include <random>

#include "base/error.h"
#include "unit/catch.h"

namespace chunkmark::bytes {
namespace {

constexpr std::uint64_t kBlock = BlockCache::kBlockBytes;

std::byte byte_at(std::uint64_t offset) {
  return static_cast<std::byte>(offset * 2654435761u >> 7);
}

// A file of any size; counts what it is asked for, and fails when it is told to.
class Far final : public RandomAccess {
 public:
  explicit Far(std::uint64_t size) : size_(size) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    check_range(name_, offset, total_bytes(runs), size_);
    if (fails) throw Error(ErrorCode::kUnavailable, "far: away");
    ++requests;
    moved += total_bytes(runs);
    for (const MutableByteView run : runs) {
      for (std::byte& byte : run) byte = byte_at(offset++);
    }
  }

  mutable std::uint64_t requests = 0, moved = 0;
  bool fails = false;

 private:
  std::string name_ = "far";
  std::uint64_t size_;
};

struct Cached {
  explicit Cached(std::uint64_t size) {
    auto owned = std::make_unique<Far>(size);
    far = owned.get();
    cache = std::make_unique<BlockCache>(std::move(owned), std::make_unique<InlineExecutor>());
  }
  bool reads(std::uint64_t offset, std::size_t size) const {
    std::vector<std::byte> into(size);
    cache->read_at(offset, MutableByteView(into));
    for (std::size_t i = 0; i < size; ++i) {
      if (into[i] != byte_at(offset + i)) return false;
    }
    return true;
  }
  Far* far;
  std::unique_ptr<BlockCache> cache;
};

TEST_CASE("any read gives the bytes that are there, also at the end") {
  const Cached file((40 << 20) + 4321);
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t offset = random() % file.far->size();
    const auto size = static_cast<std::size_t>(random() % (i % 50 == 0 ? 300000 : 5000));
    REQUIRE(file.reads(offset, static_cast<std::size_t>(std::min<std::uint64_t>(size, file.far->size() - offset))));
    if (i % 7 == 0) {
      const Extent parts[] = {{offset, size}, {random() % file.far->size(), 2048}, {file.far->size() + 5, 10}};
      file.cache->prefetch(parts);
    }
  }
  CHECK(file.reads(file.far->size(), 0));
  CHECK_THROWS_AS(file.reads(file.far->size() - 1, 2), Error);
}

TEST_CASE("reading on asks for more each time, jumping for little") {
  const Cached file(64 << 20);
  for (std::uint64_t at = 0; at < 8 << 20; at += 1000) REQUIRE(file.reads(at, 1000));
  CHECK(file.far->requests < 16);
  CHECK(file.far->moved <= (9 << 20) + kBlock);
  const std::uint64_t before = file.far->moved;
  for (std::uint64_t i = 20; i < 40; ++i) REQUIRE(file.reads(i << 20, 100));
  CHECK(file.far->moved - before <= 20 * BlockCache::kFirstAhead);
}

TEST_CASE("what was read stays while there is room, and the longest unused goes first") {
  const Cached file(64 << 20);
  REQUIRE(file.reads(0, 100));
  for (std::uint64_t at = 1 << 20; at < 60 << 20; at += BlockCache::kFirstAhead * 8) {
    REQUIRE(file.reads(at, 10));
    REQUIRE(file.reads(0, 100));
  }
  const std::uint64_t before = file.far->requests;
  REQUIRE(file.reads(0, 100));
  CHECK(file.far->requests == before);
  for (std::uint64_t at = 1 << 20; at < 60 << 20; at += 1000) REQUIRE(file.reads(at, 10));  // more than all of it
  const std::uint64_t after = file.far->requests;
  REQUIRE(file.reads(0, 100));
  CHECK(file.far->requests == after + 1);
}

TEST_CASE("large reads go past the cache, to the byte") {
  const Cached file(8 << 20);
  REQUIRE(file.reads(12345, 1 << 20));
  CHECK(file.far->moved == 1 << 20);
}

TEST_CASE("announced parts are read once, neighbours together") {
  const Cached file(64 << 20);
  std::vector<Extent> parts;
  for (std::uint64_t i = 0; i < 100; ++i) parts.push_back({i * 6 * kBlock, 2048});
  parts.push_back({3 * kBlock, kBlock});  // a gap of two, and of two more: cheaper fetched than asked for again
  file.cache->prefetch(parts);
  CHECK(file.far->requests == 99);
  CHECK(file.far->moved == 105 * kBlock);
  for (const Extent& part : parts) REQUIRE(file.reads(part.offset, 2048));
  CHECK(file.far->requests == 99);
}

TEST_CASE("a read that failed leaves nothing behind") {
  const Cached file(1 << 20);
  file.far->fails = true;
  CHECK_THROWS_AS(file.reads(0, 100), Error);
  const Extent part{500000, 10};
  CHECK_THROWS_AS(file.cache->prefetch(std::span(&part, 1)), Error);
  file.far->fails = false;
  CHECK(file.reads(0, 100));
  CHECK(file.reads(500000, 10));
}

}  // namespace
}  // namespace chunkmark::bytes
