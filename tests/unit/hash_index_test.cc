// HashIndex: finds what was added, told apart by the whole hash, and keeps little of it.
#include "storage/versioned/hash_index.h"

#include <algorithm>
#include <random>

#include "base/error.h"
#include "bytes/memory_file.h"
#include "unit/catch.h"

namespace chunkmark::versioned {
namespace {

// All rows, as the file would have them.
class Table {
 public:
  explicit Table(CreateScratch create_scratch = nullptr) : index(std::move(create_scratch)) {}

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

// Tells how large the largest of them was.
class ScratchFile final : public bytes::MemoryFile {
 public:
  explicit ScratchFile(std::uint64_t& largest) : MemoryFile("scratch", {}), largest_(largest) {}
  ~ScratchFile() override { largest_ = std::max(largest_, size()); }

 private:
  std::uint64_t& largest_;
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

TEST_CASE("more slots than memory may hold go to scratch files, and are found there") {
  std::mt19937_64 random(4);
  int made = 0;
  std::uint64_t largest = 0;
  const auto create = [&] {
    ++made;
    return std::make_unique<ScratchFile>(largest);
  };
  Table table(create);
  std::vector<Digest> hashes;
  constexpr std::size_t kRows = 50000;
  for (std::size_t i = 0; i < kRows; ++i) {
    // One in a hundred is a row that another one has already: the first is the one.
    hashes.push_back(i % 100 == 99 ? hashes[i / 200 * 100] : random_hash(random));
    table.add(hashes.back());
    if (i % 1000 == 999) table.index.forget_rows(table.index.size());
  }
  CHECK(made > 4);
  CHECK(largest > 8 * kRows * 3 / 4);
  for (std::size_t i = 0; i < kRows; ++i) REQUIRE(table.find(hashes[i]) == 10 * (i % 100 == 99 ? i / 200 * 100 : i));
  for (int i = 0; i < 20000; ++i) REQUIRE_FALSE(table.find(random_hash(random)));
}

TEST_CASE("hashes that are not spread as those of a true file are found too") {
  Table table([] {
    static std::uint64_t largest = 0;
    return std::make_unique<ScratchFile>(largest);
  });
  std::mt19937_64 random(5);
  std::vector<Digest> hashes;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    Digest hash = random_hash(random);
    store_le(hash.data(), i % 7 == 0 ? 0xffffffff - i : i % 1000);
    hashes.push_back(hash);
    table.add(hash);
  }
  for (std::size_t i = 0; i < hashes.size(); ++i) REQUIRE(table.find(hashes[i]) == 10 * i);
  CHECK_FALSE(table.find(Digest{}));
}

TEST_CASE("a scratch file that cannot be written leaves the index as it was") {
  std::mt19937_64 random(6);
  bool is_full = true;
  Table table([&]() -> std::unique_ptr<bytes::RandomAccess> {
    if (is_full) throw Error(ErrorCode::kIo, "disk full");
    static std::uint64_t largest = 0;
    return std::make_unique<ScratchFile>(largest);
  });
  std::vector<Digest> hashes;
  const auto add = [&] {
    hashes.push_back(random_hash(random));
    table.add(hashes.back());
  };
  bool has_failed = false;
  while (!has_failed) {
    try {
      add();
    } catch (const Error&) {
      has_failed = true;
    }
    REQUIRE(hashes.size() < 100000);
  }
  CHECK(table.index.size() == hashes.size() - 1);
  for (std::size_t i = 0; i + 1 < hashes.size(); ++i) REQUIRE(table.find(hashes[i]) == 10 * i);
  is_full = false;
  table.index.add({hashes.back(), 10 * (hashes.size() - 1), 10 * hashes.size()});
  CHECK(table.find(hashes.back()) == 10 * (hashes.size() - 1));
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
