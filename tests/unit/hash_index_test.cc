// HashIndex: finds what was added, told apart by the whole hash, and keeps little of it.
#include "storage/versioned/hash_index.h"

#include <random>

#include "unit/catch.h"

namespace chunkmark::versioned {
namespace {

// All rows, as the file would have them.
class Table {
 public:
  HashIndex index;

  void add(const Digest& hash, bool usable = true) {
    const std::uint64_t start = 10 * rows_.size();
    rows_.push_back({hash, start, start + 10});
    index.add(rows_.back(), usable);
  }
  std::optional<std::uint64_t> find(const Digest& hash) {
    return index.find(hash, [&](std::uint64_t number) {
      ++reads;
      return rows_.at(number);
    });
  }
  std::size_t reads = 0;

 private:
  std::vector<HashRow> rows_;
};

Digest random_hash(std::mt19937_64& random) {
  Digest hash;
  for (std::byte& b : hash) b = static_cast<std::byte>(random());
  return hash;
}

TEST_CASE("every hash is found at its row, whether that was forgotten or not") {
  std::mt19937_64 random(1);
  Table table;
  std::vector<Digest> hashes;
  for (int i = 0; i < 20000; ++i) {
    hashes.push_back(random_hash(random));
    table.add(hashes.back());
    if (i % 1000 == 999) table.index.forget_rows(table.index.size() / 128 * 128);
  }
  REQUIRE(table.index.size() == 20000);
  const std::uint64_t kept = table.index.rows_from(20000 / 128 * 128).size() / HashRow::kBytes;
  CHECK(kept == 20000 % 128);
  for (std::size_t i = 0; i < hashes.size(); ++i) REQUIRE(table.find(hashes[i]) == 10 * i);
  CHECK(table.reads >= 20000 - kept);
  CHECK(table.reads < 20010);
  table.reads = 0;
  for (int i = 0; i < 20000; ++i) REQUIRE_FALSE(table.find(random_hash(random)));
  CHECK(table.reads < 10);  // 20000 times 20000 in 2^32
}

TEST_CASE("hashes that begin alike are told apart") {
  std::mt19937_64 random(2);
  const Digest first = random_hash(random);
  Digest second = first, third = first;
  second[31] ^= std::byte{1};
  third[4] ^= std::byte{1};
  Table table;
  table.add(first);
  table.add(second);
  for (const bool forgotten : {false, true}) {
    CAPTURE(forgotten);
    if (forgotten) table.index.forget_rows(2);
    CHECK(table.find(first) == 0);
    CHECK(table.find(second) == 10);
    CHECK_FALSE(table.find(third));
  }
}

TEST_CASE("a row that is not to be found has its place") {
  std::mt19937_64 random(3);
  const Digest hash = random_hash(random);
  Table table;
  table.add(hash, false);
  table.add(hash);
  CHECK(table.index.size() == 2);
  CHECK(table.find(hash) == 10);
  CHECK(HashRow::parse(table.index.rows_from(1).data()).hash == hash);
}

}  // namespace
}  // namespace chunkmark::versioned
