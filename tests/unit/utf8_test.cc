// Any bytes as UTF-8. "?" stands for a replacement character in what is expected.
#include "base/utf8.h"

#include "base/json.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

TEST_CASE("characters stay, and every byte that belongs to none is replaced") {
  struct Row {
    const char* name;
    std::string_view text, expected;
  };
  const Row rows[] = {
      {"nothing", "", ""},
      {"ASCII", "plain", "plain"},
      {"two bytes",
       "gr\xc3\xb6\xc3\x9f"
       "e",
       "gr\xc3\xb6\xc3\x9f"
       "e"},
      {"the least and the largest of three", "\xe0\xa0\x80\xef\xbf\xbf", "\xe0\xa0\x80\xef\xbf\xbf"},
      {"the least and the largest of four", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
      {"Latin-1", "caf\xe9", "caf?"},
      {"Latin-1, in the middle", "\xe9t\xe9s", "?t?s"},
      {"a byte that only follows", "a\x80z", "a?z"},
      {"cut off after one of two", "a\xc3", "a?"},
      {"cut off after two of three", "a\xe2\x82", "a??"},
      {"cut off by another", "\xe2\x82\xc3\xb6", "??\xc3\xb6"},
      {"overlong slash", "\xc0\xaf", "??"},
      {"overlong, three bytes", "\xe0\x9f\xbf", "???"},
      {"overlong, four bytes", "\xf0\x8f\xbf\xbf", "????"},
      {"a surrogate", "\xed\xa0\x80", "???"},
      {"past the end of Unicode", "\xf4\x90\x80\x80", "????"},
      {"never in UTF-8", "\xfe\xff", "??"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    std::string expected;
    for (const char c : row.expected) expected += c == '?' ? "\xef\xbf\xbd" : std::string(1, c);
    CHECK(utf8_text(row.text) == expected);
  }
  CHECK(utf8_text(std::string_view("a\0b", 3)) == std::string("a\0b", 3));
}

TEST_CASE("whatever the bytes are, the text can stand in JSON, and is not changed a second time") {
  std::uint64_t state = 5;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes += static_cast<char>((state >> 33) % 3 == 0 ? 0x80 | (state >> 40 & 0x3f) : state >> 48 & 0xff);
    }
    const std::string text = utf8_text(bytes);
    REQUIRE(json::value_to<std::string>(parse_json(json::serialize(json::value(text)), "text")) == text);
    REQUIRE(utf8_text(text) == text);
  }
}

}  // namespace
}  // namespace chunkmark
