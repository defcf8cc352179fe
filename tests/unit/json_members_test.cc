// Members of untrusted documents.
#include "base/json_members.h"

#include "base/error.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

const char* kText = R"({"text": "x", "none": null, "zero": 0, "one": 1, "minus": -1, "half": 0.5, "whole": 2.0,
                        "large": 18446744073709551615, "larger": 18446744073709551616, "list": [1], "object": {}})";

json::object document() {
  return parse_json(kText, "d").as_object();
}

// The message of the Error that `call` throws, with its code in front; "accepted" when it throws none.
template <typename Call>
std::string refusal(Call call) {
  try {
    call();
    return "accepted";
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + " " + error.what();
  }
}

TEST_CASE("whole numbers of at least 0") {
  struct Row {
    const char* key;
    std::uint64_t value;
    const char* refused;
  };
  const Row rows[] = {
      {"zero", 0, nullptr},
      {"one", 1, nullptr},
      {"large", ~std::uint64_t{0}, nullptr},
      {"minus", 0, "corrupt d: expected a whole number as \"minus\", found -1"},
      {"half", 0, "corrupt d: expected a whole number as \"half\", found 5E-1"},
      {"whole", 0, "corrupt d: expected a whole number as \"whole\", found 2E0"},
      {"larger", 0, "corrupt d: expected a whole number as \"larger\", found 1.8446744073709552E19"},
      {"none", 0, "corrupt d: expected a whole number as \"none\", found null"},
      {"text", 0, "corrupt d: expected a whole number as \"text\", found \"x\""},
      {"absent", 0, "corrupt d: expected \"absent\", found none"},
  };
  const json::object object = document();
  for (const Row& row : rows) {
    CAPTURE(row.key);
    if (row.refused == nullptr) {
      CHECK(unsigned_member(object, row.key, "d") == row.value);
    } else {
      CHECK(refusal([&] { unsigned_member(object, row.key, "d"); }) == row.refused);
    }
  }
}

TEST_CASE("whole numbers within bounds, or a default") {
  const json::object object = document();
  CHECK(integer_member_or(object, "one", 7, 1, 9, "d") == 1);
  CHECK(integer_member_or(object, "minus", 7, -1, 1, "d") == -1);
  CHECK(integer_member_or(object, "absent", 7, 0, 1, "d") == 7);
  for (const char* key : {"zero", "half", "whole", "none", "text", "large"}) {
    CAPTURE(key);
    CHECK_THROWS_AS(integer_member_or(object, key, 7, 1, 9, "d"), Error);
  }
  CHECK(refusal([&] { integer_member_or(object, "zero", 7, 1, 9, "d"); }) ==
        "corrupt d: expected \"zero\" from 1 to 9, found 0");
}

TEST_CASE("texts, lists and objects") {
  const json::object object = document();
  CHECK(text_member(object, "text", "d") == "x");
  CHECK(refusal([&] { text_member(object, "one", "d"); }) == "corrupt d: expected text as \"one\", found 1");
  CHECK(as_array(member(object, "list", "d"), "list", "d").size() == 1);
  CHECK(refusal([&] { as_array(member(object, "one", "d"), "shape", "d"); }) ==
        "corrupt d: expected shape to be a list, found 1");
  CHECK(as_object(member(object, "object", "d"), "object", "d").empty());
  CHECK(refusal([&] { as_object(member(object, "list", "d"), "codec", "d"); }) ==
        "corrupt d: expected codec to be an object, found [1]");
  CHECK(refusal([] { refuse_unsupported("d", "codec", std::string(300, 'c')); }) ==
        "unsupported d: codec \"" + std::string(100, 'c') + "\" is not supported");
}

TEST_CASE("a message shows enough of a value to recognise it") {
  CHECK(excerpt(json::value("short")) == "\"short\"");
  const std::string shown = excerpt(json::value(std::string(98, 'x')));  // 100 with its quotes
  CHECK(shown == "\"" + std::string(98, 'x') + "\"");
  CHECK(excerpt(json::value(std::string(99, 'x'))) == "\"" + std::string(96, 'x') + "...");
}

}  // namespace
}  // namespace chunkmark
