#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/error.h"
#include "base/json.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

TEST_CASE("parse_json names the object and the byte in its errors") {
  struct Row {
    std::string text, message;
  };
  const Row rows[] = {
      {"{", "a.json: expected JSON, found incomplete JSON at byte 1"},
      {"{\"a\":1}x", "a.json: expected JSON, found extra data at byte 7"},
      {"[1,]", "a.json: expected JSON, found syntax error at byte 3"},
      {std::string(65, '['), "a.json: expected JSON, found too deep at byte 64"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    try {
      parse_json(row.text, "a.json");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kCorrupt);
      CHECK(std::string(error.what()).substr(0, row.message.size()) == row.message);
    }
  }
}

TEST_CASE("pretty_json keeps columns of numbers on one line, and parses back equal") {
  const json::value value = parse_json(R"({"a":[1,2,3],"b":{"c":[{"d":null}],"e":[]},"f":"\"x\""})", "x");
  const std::string text = pretty_json(value);
  CHECK(text.find("\"a\": [1,2,3]") != std::string::npos);
  CHECK(text.find("\"e\": []") != std::string::npos);
  CHECK(parse_json(text, "x") == value);
}

TEST_CASE("a number of any length reads back, with much behind it, a little, or nothing") {
  for (int bits = 0; bits <= 64; ++bits) {
    const std::uint64_t top = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    for (const std::uint64_t number : {top, top / 2 + 1, top & 0x5555555555555555}) {
      for (const std::size_t behind : {0, 1, 7, 8, 9}) {
        CAPTURE(number, behind);
        ByteWriter writer;
        writer.varint(number);
        const std::size_t length = writer.size();
        for (std::size_t i = 0; i < behind; ++i) writer.varint(0x7f);
        ByteReader reader(writer.view(), "x");
        CHECK(reader.varint() == number);
        CHECK(reader.offset() == length);
        ByteReader cut(writer.view().first(length - 1), "x");
        CHECK_THROWS_AS(cut.varint(), Error);
      }
    }
  }
  const std::vector<std::byte> endless(20, std::byte{0xff});
  CHECK_THROWS_WITH(ByteReader(endless, "x").varint(), "x: at byte 10: a number is longer than 64 bits");
}

}  // namespace
}  // namespace chunkmark
