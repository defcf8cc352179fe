// The serial bytes of a chunk, taken from and put into views of every kind.
#include "storage/array/chunk_view.h"

#include <cstring>

#include "storage/array/box.h"
#include "unit/catch.h"
#include "unit/chunk_fixture.h"

namespace chunkmark::array {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

// A stretch of whole elements of the serial form.
struct Range {
  std::uint64_t offset, bytes;
};
Range random_range(Random& random, const ChunkFixture& fixture) {
  const std::uint64_t begin = random.below(fixture.places.size() + 1);
  const std::uint64_t count = random.below(fixture.places.size() - begin + 1);
  return {begin * fixture.dtype.item_bytes, count * fixture.dtype.item_bytes};
}

TEST_CASE("words are reversed, each by itself") {
  struct Row {
    std::size_t word;
    Bytes expected;
  };
  for (const Row& row : {Row{1, bytes_of({1, 2, 3, 4, 5, 6, 7, 8})}, Row{2, bytes_of({2, 1, 4, 3, 6, 5, 8, 7})},
                         Row{4, bytes_of({4, 3, 2, 1, 8, 7, 6, 5})}, Row{8, bytes_of({8, 7, 6, 5, 4, 3, 2, 1})}}) {
    CAPTURE(row.word);
    Bytes bytes = bytes_of({1, 2, 3, 4, 5, 6, 7, 8});
    swap_words(bytes, row.word);
    CHECK(bytes == row.expected);
  }
}

TEST_CASE("an element is repeated from any byte of it on") {
  Element element(4);
  for (int i = 0; i < 4; ++i) element[static_cast<std::size_t>(i)] = static_cast<std::byte>(i + 1);
  for (std::size_t phase = 0; phase < 4; ++phase) {
    for (std::size_t size = 0; size < 12; ++size) {
      Bytes out(size);
      repeat_element(out, element, phase);
      for (std::size_t i = 0; i < size; ++i) REQUIRE(out[i] == static_cast<std::byte>((phase + i) % 4 + 1));
    }
  }
  Bytes out(5);
  repeat_element(out, Element(3, std::byte{1}), 2);
  CHECK(out == Bytes(5, std::byte{1}));
  repeat_element(out, {}, 1);  // none is zeros
  CHECK(out == Bytes(5));
}

TEST_CASE("dense memory is lent as it is; in the other byte order, gaps or padding it is not") {
  struct Row {
    const char* name;
    Region view;
    Strides strides;
    bool swap;
    std::uint64_t offset, bytes;
    std::int64_t at;  // in memory; -1: not to be had
  };
  const Row rows[] = {
      {"all", whole({3, 4}), {16, 4}, false, 0, 48, 0},
      {"a part", whole({3, 4}), {16, 4}, false, 20, 8, 20},
      {"nothing", whole({3, 4}), {16, 4}, false, 20, 0, -1},
      {"swapped", whole({3, 4}), {16, 4}, true, 0, 48, -1},
      {"one row of rows with gaps", whole({3, 4}), {20, 4}, false, 16, 16, 20},
      {"beyond a row with a gap", whole({3, 4}), {20, 4}, false, 16, 20, -1},
      {"padding behind", {{0, 0}, {2, 4}}, {16, 4}, false, 0, 48, -1},
      {"up to the padding", {{0, 0}, {2, 4}}, {16, 4}, false, 0, 32, 0},
      {"padding alone", {{0, 0}, {2, 4}}, {16, 4}, false, 32, 16, -1},
      {"behind padding", {{1, 0}, {2, 4}}, {16, 4}, false, 16, 32, 0},
      {"Fortran order, one element", whole({3, 4}), {4, 12}, false, 16, 4, 4},
      {"Fortran order, two", whole({3, 4}), {4, 12}, false, 16, 8, -1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Bytes memory(60);
    const ChunkForm form{{3, 4}, row.swap, {}};
    const ChunkSource source({memory.data(), {Kind::kFloat, 4}, row.view.shape, row.strides}, row.view, form);
    const std::byte* expected = row.at < 0 ? nullptr : memory.data() + row.at;
    CHECK(source.direct(row.offset, row.bytes) == expected);
    // A destination is lent in the other byte order too: what lands there is turned in its place.
    const ChunkDest dest({memory.data(), {Kind::kFloat, 4}, row.view.shape, row.strides}, row.view, form);
    CHECK(dest.direct(row.offset, row.bytes) == (row.swap ? memory.data() : expected));
  }
}

TEST_CASE("serial bytes are gathered, lent directly and in runs as the model has them") {
  Random random(21);
  int lent = 0;
  for (unsigned round = 0; round < 600; ++round) {
    CAPTURE(round);
    const ChunkFixture fixture = random_chunk(random, round);
    const ChunkSource source(fixture.source(), fixture.in_chunk, fixture.form);
    const Bytes serial = fixture.serial();
    REQUIRE(source.bytes() == serial.size());
    for (int step = 0; step < 10; ++step) {
      const Range range = random_range(random, fixture);
      Bytes found(range.bytes);
      source.gather(range.offset, found);
      REQUIRE((found.empty() || std::memcmp(found.data(), &serial[range.offset], found.size()) == 0));
      if (const std::byte* direct = source.direct(range.offset, range.bytes)) {
        REQUIRE(std::memcmp(direct, &serial[range.offset], range.bytes) == 0);
        ++lent;
      }
    }
    if (fixture.swaps()) continue;  // runs are memory as it is
    Bytes together;
    source.lend_runs([&](std::span<const ByteView> runs) {
      REQUIRE((!runs.empty() && runs.size() <= kRunsPerBatch));
      for (const ByteView run : runs) together.insert(together.end(), run.begin(), run.end());
    });
    REQUIRE(together == serial);
  }
  CHECK(lent > 100);
}

TEST_CASE("serial bytes are put where they belong, and nowhere else: scattered, directly and in runs") {
  Random random(22);
  for (unsigned round = 0; round < 600; ++round) {
    CAPTURE(round);
    ChunkFixture fixture = random_chunk(random, round);
    const std::size_t item = fixture.dtype.item_bytes;
    Bytes serial(fixture.places.size() * item);
    for (std::byte& b : serial) b = static_cast<std::byte>(random.below(256));
    const Bytes before = fixture.memory, after = fixture.memory_after(serial);
    const ChunkDest dest(fixture.dest(), fixture.in_chunk, fixture.form);
    REQUIRE(dest.bytes() == serial.size());
    const bool any = after != before;

    for (std::uint64_t at = 0; at < serial.size();) {  // in pieces
      const std::uint64_t n = std::min<std::uint64_t>(serial.size() - at, (1 + random.below(9)) * item);
      Bytes piece(serial.begin() + static_cast<std::ptrdiff_t>(at),
                  serial.begin() + static_cast<std::ptrdiff_t>(at + n));
      bool wanted = false;
      for (std::uint64_t i = at / item; i < (at + n) / item; ++i) wanted = wanted || fixture.places[i];
      if (wanted) REQUIRE(dest.wants(at, n));
      if (std::byte* direct = dest.direct(at, n)) {
        std::memcpy(direct, piece.data(), n);
        dest.landed(at, n);
      } else {
        dest.scatter(at, piece);
      }
      at += n;
    }
    REQUIRE(fixture.memory == after);

    fixture.memory = before;
    std::uint64_t end = 0;
    dest.lend_runs([&](std::uint64_t offset, std::span<const MutableByteView> runs) {
      REQUIRE(offset >= std::max(end, dest.wanted_begin()));
      REQUIRE((!runs.empty() && runs.size() <= kRunsPerBatch));
      end = offset;
      for (const MutableByteView run : runs) {
        REQUIRE(end + run.size() <= dest.wanted_end());
        std::memcpy(run.data(), &serial[end], run.size());
        end += run.size();
      }
    });
    REQUIRE(fixture.memory == after);
    REQUIRE((any ? end == dest.wanted_end() : true));

    fixture.memory = before;
    fill_box(fixture.dest(), fixture.form.fill);
    for (const std::optional<std::int64_t>& place : fixture.places) {
      if (!place) continue;
      std::byte* element = fixture.memory.data() + fixture.origin + *place;
      REQUIRE(std::memcmp(element, fixture.form.fill.data(), item) == 0);
      std::memcpy(element, before.data() + fixture.origin + *place, item);
    }
    REQUIRE(fixture.memory == before);  // nothing beside
  }
}

TEST_CASE("a view without elements takes and gives nothing but padding") {
  Bytes memory(1, std::byte{9});
  const ChunkForm form{{2, 3}, false, {std::byte{7}}};
  for (const Region& view : {Region{{0, 0}, {0, 3}}, Region{{0, 0}, {2, 0}}, Region{{2, 3}, {0, 0}}}) {
    const Strides strides = c_order_strides(view.shape, 1);
    const ChunkSource source({memory.data(), {Kind::kUInt, 1}, view.shape, strides}, view, form);
    Bytes out(6);
    source.gather(0, out);
    CHECK(out == Bytes(6, std::byte{7}));
    const ChunkDest dest({memory.data(), {Kind::kUInt, 1}, view.shape, strides}, view, form);
    CHECK_FALSE(dest.wants(0, 6));
    dest.scatter(0, out);
    fill_box({memory.data(), {Kind::kUInt, 1}, view.shape, strides}, form.fill);
    dest.lend_runs([](std::uint64_t, std::span<const MutableByteView>) { FAIL("lent"); });
    CHECK(memory[0] == std::byte{9});
  }
}

TEST_CASE("runs come in bounded batches, and padding from a bounded block") {
  constexpr std::uint64_t kRows = 3 * kRunsPerBatch + 1;
  const Bytes memory(2 * kRows, std::byte{1});
  const ChunkForm form{{kRows + 5 * kPaddingBytes}, false, {std::byte{7}}};
  const Region view{{0}, {kRows}};
  const ChunkSource source({memory.data(), {Kind::kUInt, 1}, view.shape, {2}}, view, form);
  std::uint64_t bytes = 0, batches = 0;
  source.lend_runs([&](std::span<const ByteView> runs) {
    ++batches;
    CHECK(runs.size() <= kRunsPerBatch);
    for (const ByteView run : runs) {
      CHECK(run.size() <= kPaddingBytes);
      CHECK(run.front() == (bytes < kRows ? std::byte{1} : std::byte{7}));
      bytes += run.size();
    }
  });
  CHECK(bytes == source.bytes());
  CHECK(batches > 1);
}

}  // namespace
}  // namespace chunkmark::array
