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
      {"{", "a.json: not JSON at byte 1: incomplete JSON"},
      {"{\"a\":1}x", "a.json: not JSON at byte 7: extra data"},
      {"[1,]", "a.json: not JSON at byte 3: syntax error"},
      {std::string(65, '['), "a.json: not JSON at byte 64: too deep"},
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

}  // namespace
}  // namespace chunkmark
