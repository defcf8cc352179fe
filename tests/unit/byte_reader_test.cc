// Untrusted bytes are read up to their end and not a byte further.
#include "base/byte_reader.h"

#include <limits>

#include "base/byte_writer.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

ByteWriter written(std::initializer_list<std::uint64_t> numbers) {
  ByteWriter writer;
  for (const std::uint64_t number : numbers) writer.varint(number);
  return writer;
}

TEST_CASE("signed numbers read back, the extremes too, small ones in one byte") {
  struct Row {
    std::int64_t number;
    std::size_t bytes;
  };
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const Row& row : {Row{0, 1}, Row{-1, 1}, Row{1, 1}, Row{-64, 1}, Row{63, 1}, Row{64, 2}, Row{-65, 2},
                         Row{kMost, 10}, Row{kLeast, 10}, Row{kLeast + 1, 10}}) {
    CAPTURE(row.number);
    ByteWriter writer;
    writer.signed_varint(row.number);
    CHECK(writer.size() == row.bytes);
    CHECK(ByteReader(writer.view(), "x").signed_varint() == row.number);
  }
}

TEST_CASE("strings and runs of bytes come one after the other") {
  ByteWriter writer;
  writer.string("one");
  writer.string("");
  writer.append(as_byte_view("raw"));
  writer.varint(300);
  ByteReader reader(writer.view(), "x");
  CHECK(reader.string() == "one");
  CHECK(reader.string().empty());
  CHECK(as_text(reader.take(3)) == "raw");
  CHECK_FALSE(reader.at_end());
  CHECK(reader.varint() == 300);
  CHECK(reader.at_end());
  CHECK(reader.take(0).empty());
  CHECK(reader.offset() == writer.size());
}

TEST_CASE("what goes beyond the end names the object, the place, the expected and the found") {
  const ByteWriter three = written({1, 2, 3});
  ByteReader reader(three.view(), "a.cmk");
  reader.take(1);
  CHECK_THROWS_WITH(reader.take(3), "a.cmk: at byte 1: 3 bytes expected, 2 left");
  CHECK_THROWS_WITH(reader.take(kHuge), "a.cmk: at byte 1: 18446744073709551615 bytes expected, 2 left");
  CHECK(reader.offset() == 1);  // a failed read takes nothing
  CHECK(reader.take(2).size() == 2);
  CHECK_THROWS_WITH(reader.varint(), "a.cmk: at byte 3: a number is cut off");
  CHECK_THROWS_WITH(ByteReader({}, "x").take(1), "x: at byte 0: 1 bytes expected, 0 left");
  CHECK_THROWS_AS(ByteReader({}, "x").string(), Error);
  const ByteWriter long_string = written({kHuge});
  CHECK_THROWS_AS(ByteReader(long_string.view(), "x").string(), Error);
}

TEST_CASE("a count that the rest cannot hold is refused before anything is made of it") {
  struct Row {
    std::uint64_t count;
    std::size_t min_bytes;
    bool fits;
  };
  // Four bytes follow.
  for (const Row& row : {Row{0, 1, true}, Row{4, 1, true}, Row{5, 1, false}, Row{2, 2, true}, Row{3, 2, false},
                         Row{1, 3, true}, Row{1, 5, false}, Row{kHuge, 1, false}, Row{kHuge, 8, false}}) {
    CAPTURE(row.count, row.min_bytes);
    ByteWriter writer = written({row.count});
    writer.append(as_byte_view("4444"));
    ByteReader reader(writer.view(), "x");
    if (row.fits) {
      CHECK(reader.count(row.min_bytes) == row.count);
    } else {
      CHECK_THROWS_WITH(reader.count(row.min_bytes),
                        Catch::Matchers::EndsWith("a count of " + std::to_string(row.count) + " cannot fit"));
    }
  }
}

TEST_CASE("numbers of any bytes are read the same with much behind them and with nothing") {
  std::uint64_t state = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::byte bytes[24] = {};
    for (int i = 0; i < 12; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes[i] = static_cast<std::byte>((state >> 40) | ((state >> 33) % 4 != 0 ? 0x80 : 0));
    }
    std::size_t length = 1;
    while (length < 12 && (bytes[length - 1] & std::byte{0x80}) != std::byte{0}) ++length;
    ByteReader wide(bytes, "x");
    ByteReader narrow(ByteView(bytes).first(length), "x");
    if (length > 10) {
      CHECK_THROWS_AS(wide.varint(), Error);
      continue;
    }
    REQUIRE(wide.varint() == narrow.varint());
    REQUIRE(wide.offset() == length);
    REQUIRE(narrow.at_end());
  }
}

}  // namespace
}  // namespace chunkmark
