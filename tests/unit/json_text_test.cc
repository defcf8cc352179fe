// JSON as it is told while it is parsed, and elements as people read them.
#include "base/json_events.h"
#include "base/value_text.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

struct Told final : JsonEvents {
  std::string all;
  void on_open(bool object) override { all += object ? "{" : "["; }
  void on_close(bool object, std::size_t count) override { all += std::to_string(count) + (object ? "} " : "] "); }
  void on_key(std::string_view key) override { all += std::string(key) + ": "; }
  void on_text(std::string_view text) override { all += "'" + std::string(text) + "' "; }
  void on_number(const json::value& number, std::string_view digits) override {
    all += (number.is_int64() ? "i" : number.is_uint64() ? "u" : "d") + std::string(digits) + " ";
  }
  void on_bool(bool value) override { all += value ? "true " : "false "; }
  void on_null() override { all += "null "; }
};

TEST_CASE("a document is told piece by piece, its texts and numbers whole") {
  Told told;
  const std::string text =
      R"( {"a\n\u00e9": ["x\ty", "", 1e5, -7, 18446744073709551615, 0.10], "": {}, "b": [true, false, null]} )";
  const JsonEnd end = tell_json(text, told);
  CHECK(!end.failure);
  CHECK(end.used == text.size());
  CHECK(told.all == "{a\n\u00e9: ['x\ty' '' d1e5 i-7 u18446744073709551615 d0.10 6] : {0} b: [true false null 3] 3} ");
}

TEST_CASE("where a document ends") {
  struct Row {
    std::string text;
    std::size_t used;
    bool whole;
  };
  const Row rows[] = {{"[1] ", 4, true},
                      {"[1] 2", 4, false},
                      {"[1", 2, false},
                      {"", 0, false},
                      {std::string(64, '[') + std::string(64, ']'), 128, true},
                      {std::string(65, '[') + std::string(65, ']'), 64, false}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    JsonEvents nobody;
    const JsonEnd end = tell_json(row.text, nobody);
    CHECK(end.used == row.used);
    CHECK(!end.failure == row.whole);
  }
}

TEST_CASE("elements as people read them") {
  struct Row {
    json::value element, dtype;
    const char* text;
  };
  const Row rows[] = {
      {0.1, "<f8", "0.1"},
      {0.1 + 0.2, "<f8", "0.30000000000000004"},
      {250.0, "<f8", "250"},
      {123456789012345680.0, "<f8", "1.2345678901234568e+17"},
      {1e15, "<f8", "1000000000000000"},
      {1.5e-5, "<f8", "0.000015"},
      {1e-6, "<f8", "1e-06"},
      {-0.0, "<f8", "-0"},
      {5e-324, "<f8", "5e-324"},
      {static_cast<double>(0.1f), "<f4", "0.1"},
      {static_cast<double>(0.1f), "<f8", "0.10000000149011612"},
      {0.0999755859375, "<f2", "0.099976"},
      {"NaN", ">f4", "NaN"},
      {json::array{1.0, "-Infinity"}, "<c16", "(1 -Infinity)"},
      {true, "|b1", "true"},
      {"it's\\x00", "|S5", "b'it\\'s\\x00'"},
      {"gr\"o", "|O", "\"gr\\\"o\""},
      {json::object{{"object", "/x"}}, "|O", "-> /x"},
      {json::array{1, json::array{2, "a"}}, nullptr, "(1 (2 \"a\"))"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(value_text(row.element, row.dtype) == row.text);
  }
}

}  // namespace
}  // namespace chunkmark
