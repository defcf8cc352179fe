// WriteThroughCache: what it reads is what the file has, whatever was written through it, and it asks the file once.
#include "bytes/write_through_cache.h"

#include <random>

#include "base/error.h"
#include "unit/catch.h"

namespace chunkmark::bytes {
namespace {

constexpr std::uint64_t kBlock = WriteThroughCache::kBlockBytes;

// In memory; counts reads, and fails a write after a part of it when it is told to.
class Counted final : public RandomAccess {
 public:
  explicit Counted(std::size_t size) : bytes(size) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes.size(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    check_range(name_, offset, total_bytes(runs), bytes.size());
    ++reads;
    for (const MutableByteView run : runs) {
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), run.size(), run.begin());
      offset += run.size();
    }
  }
  using RandomAccess::write_at;
  void write_at(std::uint64_t offset, std::span<const ByteView> runs) override {
    bytes.resize(std::max<std::size_t>(bytes.size(), offset + total_bytes(runs)));
    for (const ByteView run : runs) {
      const std::size_t count = fails ? run.size() / 2 : run.size();
      std::copy_n(run.begin(), count, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
      if (fails) throw Error(ErrorCode::kIo, "disk: full");
      offset += run.size();
    }
  }
  void truncate(std::uint64_t size) override { bytes.resize(size); }

  std::vector<std::byte> bytes;
  mutable int reads = 0;
  bool fails = false;

 private:
  std::string name_ = "file";
};

std::vector<std::byte> read(const RandomAccess& file, std::uint64_t offset, std::size_t size) {
  std::vector<std::byte> bytes(size);
  file.read_at(offset, MutableByteView(bytes));
  return bytes;
}

TEST_CASE("a block is read from the file once, and writes go to both") {
  Counted file(10 * kBlock);
  WriteThroughCache cache(file);
  CHECK(read(cache, 100, 8) == std::vector<std::byte>(8));
  const std::vector<std::byte> text(16, std::byte{7});
  cache.write_at(104, ByteView(text));
  CHECK(read(cache, 104, 16) == text);
  CHECK(read(file, 104, 16) == text);
  CHECK(file.reads == 2);  // one through the cache, one here
  CHECK(read(cache, kBlock - 4, 8).size() == 8);
  CHECK(file.reads == 3);  // the next block
}

TEST_CASE("after a failed write, what the file has is read again") {
  Counted file(4 * kBlock);
  WriteThroughCache cache(file);
  read(cache, 0, 64);
  file.fails = true;
  const std::vector<std::byte> text(64, std::byte{9});
  CHECK_THROWS_WITH(cache.write_at(0, ByteView(text)), "disk: full");
  CHECK(read(cache, 0, 64) == read(file, 0, 64));
  CHECK(read(cache, 0, 1)[0] == std::byte{9});
}

TEST_CASE("reads past the end name the file and both sizes") {
  Counted file(kBlock + 10);
  const WriteThroughCache cache(file);
  CHECK_THROWS_WITH(read(cache, kBlock, 11), "file: expected 4096 + 11 bytes, found 4106");
  CHECK_THROWS_WITH(read(cache, 100 * kBlock, 1), "file: expected 409600 + 1 bytes, found 4106");
}

TEST_CASE("random reads, writes and cuts are as in the file itself") {
  std::mt19937_64 random(1);
  Counted file(3 * kBlock + 77);
  WriteThroughCache cache(file);
  const std::uint64_t most = (WriteThroughCache::kBlocks + 3) * kBlock;  // so that blocks share places
  for (int step = 0; step < 20000; ++step) {
    const std::uint64_t offset = random() % 2 == 0 ? random() % most : random() % (4 * kBlock);
    const std::size_t size = random() % 20 == 0 ? random() % (3 * kBlock) : random() % 200;
    if (random() % 200 == 0) {
      cache.truncate(random() % 2 == 0 ? offset : file.size() / 2);
    } else if (random() % 2 == 0) {
      const std::vector<std::byte> bytes(size, static_cast<std::byte>(step));
      cache.write_at(offset, ByteView(bytes));
    } else if (offset + size <= file.size()) {
      REQUIRE(read(cache, offset, size) == read(file, offset, size));
    }
  }
  CHECK(file.bytes.size() > 0);
}

}  // namespace
}  // namespace chunkmark::bytes
