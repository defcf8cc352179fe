// The parts of shared/hdf5 that can be told wrong from right without a file.
#include <cstring>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/datatype.h"
#include "storage/hdf5/filters.h"
#include "storage/hdf5/virtual_layout.h"
#include "unit/catch.h"

namespace chunkmark::hdf5 {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  std::string digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() == 2) {
      bytes.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return bytes;
}

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kIo;
}

TEST_CASE("lookup3 gives the hashes that its author published") {
  CHECK(lookup3({}) == 0xdeadbeef);
  CHECK(lookup3(as_byte_view("Four score and seven years ago")) == 0x17770551);
  CHECK(lookup3(as_byte_view("Four score and seven years ago"), 1) == 0xcd628161);
}

TEST_CASE("lzf decodes literals, short and long matches, and refuses damage") {
  struct Row {
    std::string hex, text;
  };
  const Row rows[] = {
      {"00 61", "a"},
      {"02 61 62 63 20 02", "abcabc"},    // length 3, distance 3
      {"00 61 e0 01 00", "aaaaaaaaaaa"},  // length 10, overlapping itself
  };
  for (const Row& row : rows) {
    CAPTURE(row.hex);
    std::vector<std::byte> out(row.text.size());
    REQUIRE(decode_lzf({}, from_hex(row.hex), out, "t") == row.text.size());
    CHECK(as_text(out) == row.text);
  }
  const char* damaged[] = {"05 61", "20 00", "02 61 62 63 20 10", "e0", "00 61 e0 ff 00"};
  for (const char* hex : damaged) {
    CAPTURE(hex);
    std::vector<std::byte> out(16);
    CHECK(code_of([&] { decode_lzf({}, from_hex(hex), out, "t"); }) == ErrorCode::kCorrupt);
  }
}

TEST_CASE("a pipeline is undone from its end, masked filters left out, checksums verified") {
  Filter shuffle{2, true, "", {4}}, sum{3, false, "", {}};
  FilterPipeline pipeline({shuffle, sum});
  // Elements 1 and 2 as int32, shuffled.
  std::vector<std::byte> stored = from_hex("01 02 00 00 00 00 00 00");
  const std::uint32_t checksum = fletcher32(stored);
  stored.resize(12);
  store_le(stored.data() + 8, checksum);
  std::vector<std::byte> out(8);
  FilterPipeline::Scratch scratch;
  pipeline.decode(stored, 0, out, "t", scratch);
  CHECK(out == from_hex("01000000 02000000"));
  pipeline.decode(from_hex("01000000 02000000"), 3, out, "t", scratch);
  CHECK(out == from_hex("01000000 02000000"));
  stored[0] ^= std::byte{1};
  CHECK(code_of([&] { pipeline.decode(stored, 0, out, "t", scratch); }) == ErrorCode::kCorrupt);
  FilterPipeline unknown({Filter{4711, false, "mine", {}}});
  CHECK(code_of([&] { unknown.decode(stored, 0, out, "t", scratch); }) == ErrorCode::kUnsupported);
}

TEST_CASE("mappings of block version 0 are read as versioned-hdf5 writes them") {
  // Three mappings of a dataset of ten elements, byte for byte as in a file by the Python library.
  const std::string path = "2f5f76657273696f6e5f646174612f6772702f782f7261775f6461746100";
  const std::string head = "02000000 01000000 00000000 10000000 01000000 01000000";
  const auto entry = [&](const char* source, const char* target) {
    return "2e00" + path + head + source + head + target;
  };
  std::vector<std::byte> block = from_hex("00 0300000000000000" + entry("00000000 03000000", "00000000 03000000") +
                                          entry("0c000000 0f000000", "04000000 07000000") +
                                          entry("10000000 12000000", "08000000 0a000000") + "57ef230f");
  REQUIRE(block.size() == 301);
  const std::vector<std::uint64_t> shape{11};
  const Mappings mappings = parse_mappings(block, shape, {}, "x");
  REQUIRE(mappings.size() == 3);
  REQUIRE(mappings.sources().size() == 1);
  CHECK(mappings.sources()[0].dataset == "/_version_data/grp/x/raw_data");
  CHECK(mappings.source_start(1)[0] == 12);
  CHECK(mappings.virtual_start(1)[0] == 4);
  CHECK(mappings.count(1)[0] == 4);
  CHECK(mappings.count(2)[0] == 3);

  SECTION("every cut and a wrong shape are errors") {
    for (std::size_t size = 0; size < block.size(); ++size) {
      CHECK_THROWS_AS(parse_mappings(ByteView(block).first(size), shape, {}, "x"), Error);
    }
    const std::vector<std::uint64_t> short_shape{10};
    CHECK(code_of([&] { parse_mappings(block, short_shape, {}, "x"); }) == ErrorCode::kCorrupt);
  }
  SECTION("any flipped bit is noticed") {
    for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
      block[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      CHECK_THROWS_AS(parse_mappings(block, shape, {}, "x"), Error);
      block[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    }
  }
}

TEST_CASE("mappings of block version 1 and selections of version 3 are read as HDF5 2.0 writes them") {
  // h5py 3.16 with libver="latest": two mappings of this file and one of another, names shared between entries.
  const std::vector<std::byte> block = from_hex(
      "01 0300000000000000"
      "04 2f612f7261775f6461746100 020000000300000001 02 01000000 0400 0100 0100 0400"
      "   020000000300000001 02 01000000 0000 0100 0100 0400"
      "06 0000000000000000 020000000300000001 02 01000000 0c00 0100 0100 0400"
      "   020000000300000001 02 01000000 0400 0100 0100 0400"
      "02 6f746865722e683500 0000000000000000 020000000300000001 02 01000000 1000 0100 0100 0200"
      "   020000000300000001 02 01000000 0800 0100 0100 0200"
      "3bb84e2f");
  const std::vector<std::uint64_t> shape{10};
  const Mappings mappings = parse_mappings(block, shape, {}, "v");
  REQUIRE(mappings.size() == 3);
  CHECK(mappings.sources()[mappings.source_index(1)].dataset == "/a/raw_data");
  CHECK(mappings.sources()[mappings.source_index(1)].file == ".");
  CHECK(mappings.sources()[mappings.source_index(2)].file == "other.h5");
  CHECK(mappings.source_start(1)[0] == 12);
  CHECK(mappings.count(2)[0] == 2);
}

TEST_CASE("NumPy names of types") {
  struct Row {
    std::string hex, name;
  };
  const Row rows[] = {
      {"10 080000 04000000 0000 2000", "<i4"},
      {"10 010000 02000000 0000 1000", ">u2"},
      {"11 200f00 02000000 0000 1000 0a05 000a 0f000000", "<f2"},
      {"11 200f00 02000000 0000 1000 0708 0007 7f000000", "|V2"},  // bfloat16
      {"13 010000 05000000", "|S5"},
      {"18 020000 01000000 10080000 01000000 00000800 46414c5345000000 5452554500000000 00 01", "|b1"},
      {"19 010100 10000000 10000000 01000000 00000800", "|O"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.hex);
    CHECK(numpy_name(parse_datatype(from_hex(row.hex), "t")) == row.name);
  }
  // An array of an array of ... of itself: deeper than any stack should go.
  std::string nested;
  for (int i = 0; i < 40; ++i) nested += "3a000000 04000000 01 01000000";
  CHECK(code_of([&] { parse_datatype(from_hex(nested), "t"); }) == ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace chunkmark::hdf5
