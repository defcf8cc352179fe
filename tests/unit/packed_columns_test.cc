// Columns as a report carries them, unpacked by what web/DATA.md says of them.
//
// tests/golden/packed/columns.json holds a packed document and what it means; tests/browser/packed.test.mjs holds the
// page's reader to the same file. The run of the hidden case [write] writes it.
#include "report/packed_columns.h"

#include <zlib.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "unit/catch.h"
#include "unit/from_base64.h"

namespace chunkmark::report {
namespace {

std::string gunzip(std::string member) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string raw(1 << 16, '\0');  // more than any column here has
  stream.next_in = reinterpret_cast<Bytef*>(member.data());
  stream.avail_in = static_cast<uInt>(member.size());
  stream.next_out = reinterpret_cast<Bytef*>(raw.data());
  stream.avail_out = static_cast<uInt>(raw.size());
  const int status = inflate(&stream, Z_FINISH);
  raw.resize(stream.total_out);
  inflateEnd(&stream);
  REQUIRE(status == Z_STREAM_END);
  REQUIRE(stream.avail_in == 0);
  return raw;
}

std::string raw_of(const json::value& packed) {
  return gunzip(from_base64(packed.at("gzip").get_string()));
}

std::vector<std::uint64_t> unpacked(const json::value& packed) {
  const auto rows = packed.at("rows").to_number<std::size_t>();
  const std::string_view type = packed.at("type").get_string();
  const std::size_t width = type == "u8" ? 1 : type == "u16" ? 2 : type == "u32" ? 4 : 8;
  REQUIRE((width < 8 || type == "u64"));
  const std::string raw = raw_of(packed);
  REQUIRE(raw.size() == rows * width);
  const json::value* encoding = packed.as_object().if_contains("encoding");
  if (encoding != nullptr) REQUIRE(*encoding == "delta");
  std::vector<std::uint64_t> values(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t plane = width; plane-- > 0;) {
      values[row] = values[row] << 8 | static_cast<unsigned char>(raw[plane * rows + row]);
    }
    if (encoding != nullptr && row > 0) values[row] = (values[row] + values[row - 1]) & 0xffffffff;
  }
  return values;
}

// What a packed document means: plain numbers, and texts where columns refer to texts.
json::object meaning(const json::object& document) {
  json::object plain;
  for (const char* name : {"tick_ns", "end_ticks", "threads"}) plain[name] = document.at(name);
  for (const char* table : {"intervals", "copies", "transfers", "stacks"}) {
    json::object columns;
    for (const auto& [name, packed] : document.at(table).as_object()) {
      columns[name] = json::value_from(unpacked(packed));
    }
    plain[table] = std::move(columns);
  }
  const json::array strings = parse_json(raw_of(document.at("strings")), "strings").as_array();
  REQUIRE(document.at("strings").at("type") == "strings");
  REQUIRE(document.at("strings").at("rows").to_number<std::size_t>() == strings.size());
  REQUIRE(strings.at(0) == "");
  json::object frames;
  for (const auto& [name, packed] : document.at("frames").as_object()) {
    json::array column;
    for (const std::uint64_t value : unpacked(packed)) {
      column.push_back(name == "line" ? json::value(value) : strings.at(value));
    }
    frames[name] = std::move(column);
  }
  plain["frames"] = std::move(frames);
  return plain;
}

// Every width, the extremes of each, a table without rows, a frame with an inlined one, and texts of any kind.
json::object packed_example() {
  capture::StackTree tree;
  tree.modules.push_back("/opt/lib/x.so");
  tree.strings = {"", "main", "inner <T>", "x\"\\\n.cc", "größe", "größe.py"};
  tree.frames.push_back({capture::FrameKind::kNative, 1, 0x10, {{1, 0, 0}}});
  tree.frames.push_back({capture::FrameKind::kNative, 1, 0x20, {{2, 3, 70'000}, {1, 3, 9}}});
  tree.frames.push_back({capture::FrameKind::kPython, 0, 0, {{4, 5, 300}}});
  tree.frames.push_back({capture::FrameKind::kNative, 1, 0xabc, {}});
  tree.nodes = {{0, 0}, {0, 1}, {1, 2}, {2, 3}, {1, 4}};

  profile::Columns columns;
  columns.tick_ns = 3;
  columns.end_ticks = 4'000'000'000;
  columns.threads = 257;
  columns.intervals.t0 = {0, 0, 255, 511, 70'000, 3'999'999'999};
  columns.intervals.t1 = {1, profile::kAlive, 256, 65'536, 80'000, 4'000'000'000};
  columns.intervals.bytes = {0, 1, 255, 65'536, 4'294'967'296, 9'007'199'254'740'991};
  columns.intervals.blocks = {1, 1, 256, 65'535, 1, 4'294'967'295};
  columns.intervals.stack = {1, 2, 3, 4, 0, 3};
  columns.intervals.thread = {0, 1, 255, 256, 7, 0};
  columns.copies = {{5, 5, 6}, {4096, 5000, 65'535}, {1, 2, 3}, {3, 1, 3}, {0, 0, 1}};
  profile::DisplayTree display(tree);
  json::object document;
  add_packed_columns(document, columns, display, [](const std::string& file, const std::set<std::uint32_t>& lines) {
    std::map<std::uint32_t, std::string> texts;
    for (const std::uint32_t line : lines) {
      if (file == "größe.py") texts[line] = "  store(array)  # “all”";
    }
    return texts;
  });
  return document;
}

json::object golden() {
  std::stringstream text;
  text << std::ifstream(CHUNKMARK_GOLDEN "/packed/columns.json").rdbuf();
  return parse_json(text.str(), "golden").as_object();
}

TEST_CASE("columns are packed to what they mean: tests/golden/packed") {
  CHECK(pretty_json(meaning(packed_example())) == pretty_json(golden().at("meaning")));
}

TEST_CASE("columns of an earlier writer mean the same for ever") {
  CHECK(pretty_json(meaning(golden().at("packed").as_object())) == pretty_json(golden().at("meaning")));
}

TEST_CASE("each column takes the narrowest type that holds it") {
  struct Row {
    const char* table;
    const char* column;
    const char* type;
  };
  const json::object document = packed_example();
  for (const Row& row : {Row{"intervals", "t0", "u32"}, Row{"intervals", "t1", "u32"}, Row{"intervals", "bytes", "u64"},
                         Row{"intervals", "blocks", "u32"}, Row{"intervals", "stack", "u8"},
                         Row{"intervals", "thread", "u16"}, Row{"copies", "t", "u8"}, Row{"copies", "bytes", "u16"},
                         Row{"transfers", "t", "u8"}, Row{"transfers", "bytes", "u8"}, Row{"frames", "line", "u32"}}) {
    CAPTURE(row.table, row.column);
    CHECK(document.at(row.table).at(row.column).at("type") == row.type);
  }
  CHECK(document.at("intervals").at("t0").at("encoding") == "delta");
  CHECK_FALSE(document.at("intervals").at("t1").as_object().contains("encoding"));
}

TEST_CASE("nothing at all is packed too: one root, one empty text, no rows") {
  const capture::StackTree tree;
  profile::DisplayTree display(tree);
  json::object document;
  add_packed_columns(document, profile::Columns(), display, {});
  const json::object plain = meaning(document);
  CHECK(plain.at("stacks").at("parent").as_array().size() == 1);
  CHECK(plain.at("frames").at("function") == json::array{"all"});
  CHECK(plain.at("threads") == json::array{"main"});
  for (const auto& [name, column] : plain.at("intervals").as_object()) CHECK(column.as_array().empty());
}

TEST_CASE("writes tests/golden/packed/columns.json", "[.write]") {
  const json::object document = packed_example();
  std::ofstream(CHUNKMARK_GOLDEN "/packed/columns.json")
      << pretty_json(json::object{{"meaning", meaning(document)}, {"packed", document}});
}

}  // namespace
}  // namespace chunkmark::report
