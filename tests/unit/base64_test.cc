// Base64, by the examples of RFC 4648, section 10, and against a plain decoder.
#include "base/base64.h"

#include "unit/catch.h"
#include "unit/from_base64.h"

namespace chunkmark {
namespace {

TEST_CASE("the examples of RFC 4648") {
  struct Row {
    const char* plain;
    const char* text;
  };
  for (const Row& row : {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"}, Row{"foob", "Zm9vYg=="},
                         Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"}}) {
    CHECK(base64(as_byte_view(row.plain)) == row.text);
    const auto bytes = base64_bytes(row.text);
    REQUIRE(bytes);
    CHECK(as_text(*bytes) == row.plain);
  }
}

TEST_CASE("every byte, at every place of a group, decodes to itself") {
  for (int lead = 0; lead < 3; ++lead) {
    std::string bytes(static_cast<std::size_t>(lead), '\0');
    for (int value = 255; value >= 0; --value) bytes += static_cast<char>(value);
    const std::string text = base64(as_byte_view(bytes));
    CHECK(text.size() == (bytes.size() + 2) / 3 * 4);
    CHECK(from_base64(text) == bytes);
    CHECK(as_text(base64_bytes(text).value()) == bytes);
  }
}

TEST_CASE("what is not base64 is nothing") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Zm9v\n", "Zm9-", "=Zm9", "Zm=v"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_bytes(text));
  }
}

}  // namespace
}  // namespace chunkmark
