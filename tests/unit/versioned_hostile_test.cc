// Files that are cut, flipped or made up: an error or a finding, never a crash, a hang, or memory without bound.
//
// Everything is deterministic. Memory is counted by replacing operator new in this program.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "storage/versioned/dump.h"
#include "storage/versioned/verify.h"
#include "unit/catch.h"
#include "unit/versioned_fixture.h"

namespace {
std::atomic<std::size_t> live{0}, peak{0};

// The size stands before the block, in a word that keeps its alignment.
constexpr std::size_t kHeader = 16;

void* counted(std::size_t size) {
  auto* block = static_cast<char*>(std::malloc(size + kHeader));
  if (!block) throw std::bad_alloc();
  std::memcpy(block, &size, sizeof size);
  const std::size_t now = live += size;
  if (now > peak) peak = now;
  return block + kHeader;
}

void uncounted(void* pointer) {
  if (!pointer) return;
  char* block = static_cast<char*>(pointer) - kHeader;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  live -= size;
  std::free(block);
}
}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
// The forms that do not throw too: a sanitizer brings its own of what is not replaced. Without memory the test ends.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void operator delete(void* pointer) noexcept {
  uncounted(pointer);
}
void operator delete[](void* pointer) noexcept {
  uncounted(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept {
  uncounted(pointer);
}
void operator delete[](void* pointer, std::size_t) noexcept {
  uncounted(pointer);
}

namespace chunkmark::versioned {
namespace {

// What a damaged file may take besides its own size: pages, heaps and tables (bounded by constants), the JSON of a
// dump, and slabs of 4 MiB. One decoded chunk more where a chunk is declared large.
constexpr std::size_t kConstantBytes = 64 << 20;

// Opens, dumps and verifies; says whether that ended in an error or a finding rather than a clean bill.
bool is_noticed(const std::vector<std::byte>& bytes) {
  const bytes::MemoryFile memory("hostile.h5", bytes);
  const std::size_t before = live;
  peak = before;
  bool noticed = false;
  try {
    VersionedFile file(memory);
    DumpOptions options;
    options.budget_factor = 64;  // honest fixtures are small: keep made-up shapes quick
    options.budget_bytes = 1 << 20;
    noticed = json::serialize(dump_file(file, options)).find("\"error\"") != std::string::npos;
    noticed |= !verify(file).sound();
  } catch (const Error&) {
    noticed = true;
  }
  REQUIRE(peak - before < bytes.size() * 4 + kConstantBytes);
  return noticed;
}

// Superblock version 0: the end of the file, which truncation makes a lie, tells nothing when it is corrected.
void correct_end(std::vector<std::byte>& bytes) {
  if (bytes.size() > 48 && bytes[8] == std::byte{0}) store_le<std::uint64_t>(bytes.data() + 40, bytes.size());
}

TEST_CASE("a file cut anywhere is an error, also when its superblock agrees") {
  const bool latest = GENERATE(false, true);
  const std::vector<std::byte> whole = small_versioned_file(latest);
  REQUIRE_FALSE(is_noticed(whole));
  constexpr std::size_t kPlaces = 1000;
  std::size_t corrected_noticed = 0;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    const std::size_t size = whole.size() * i / kPlaces;
    std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    CAPTURE(latest, size);
    REQUIRE(is_noticed(cut));
    correct_end(cut);
    corrected_noticed += is_noticed(cut);
  }
  // The library allocates in blocks, so that the very end may be unused; nearly every cut must still be noticed.
  CHECK(corrected_noticed > kPlaces * 9 / 10);
}

TEST_CASE("flipped bits and overwritten words never crash, hang or take memory") {
  const bool latest = GENERATE(false, true);
  std::vector<std::byte> bytes = small_versioned_file(latest);
  std::uint64_t state = 88172645463325252u;  // xorshift: the same places on every machine
  const auto next = [&] {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
  };
  constexpr int kFlips = 3000;
  const std::uint64_t words[] = {0, ~std::uint64_t{0}, 0x7fffffffffffffff, 0x100000000, 0xffff, 1};
  std::size_t noticed = 0;
  for (int i = 0; i < kFlips; ++i) {
    const std::size_t at = next() % (bytes.size() - 8);
    std::byte kept[8];
    std::memcpy(kept, bytes.data() + at, 8);
    if (i % 2 == 0) {
      bytes[at] ^= static_cast<std::byte>(1u << next() % 8);
    } else {
      store_le(bytes.data() + at, words[next() % std::size(words)]);
    }
    CAPTURE(latest, i, at);
    noticed += is_noticed(bytes);
    std::memcpy(bytes.data() + at, kept, 8);
  }
  CHECK(noticed > 0);
}

TEST_CASE("enormous shapes are not believed") {
  VersionedFixture fixture;
  fixture.declare("x", {H5T_NATIVE_DOUBLE, {4}, {}, {}});
  fixture.commit("r1", "__first_version__", "2024-01-01", {{"x", FixtureArray::of<double>({4}, {1, 2, 3, 4})}});
  // A contiguous dataset of 2^50 elements that was never allocated: what a sparse dataset looks like.
  const hsize_t dims = hsize_t{1} << 50;
  const hid_t space = H5Screate_simple(1, &dims, nullptr);
  H5Dclose(H5Dcreate2(fixture.id(), "/_version_data/versions/r1/huge", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT,
                      H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  const std::vector<std::byte> bytes = fixture.image();
  const std::size_t before = live;
  peak = before;
  const bytes::MemoryFile memory("huge.h5", bytes);
  VersionedFile file(memory);
  const json::object dumped = dump_file(file, {});
  const json::object& huge = dumped.at("versions").at("r1").at("datasets").at("huge").as_object();
  CHECK(huge.at("sha256").is_null());
  CHECK(huge.contains("not_hashed"));
  CHECK(verify(file).sound());
  // A box of it is fill value, wherever it lies.
  const VersionDataset dataset = file.open("r1").dataset("huge");
  double values[3] = {1, 1, 1};
  dataset.read({{dims - 3}, {3}}, {reinterpret_cast<std::byte*>(values), dataset.dtype(), {3}, {8}});
  CHECK(values[2] == 0);
  CHECK(peak - before < kConstantBytes);
}

}  // namespace
}  // namespace chunkmark::versioned
