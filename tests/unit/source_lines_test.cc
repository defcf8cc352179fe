#include "report/source_lines.h"

#include "unit/catch.h"

namespace chunkmark::report {
namespace {

using Lines = std::map<std::uint32_t, std::string>;

std::vector<std::string> texts(const std::vector<capture::Symbol>& symbols, const std::map<std::string, Lines>& files) {
  std::vector<profile::DisplayFrame> frames;
  frames.reserve(symbols.size());
  for (const capture::Symbol& symbol : symbols) frames.push_back({symbol, ""});
  return source_lines(frames, [&](const std::string& file, const std::set<std::uint32_t>& wanted) {
    CHECK(!wanted.contains(0));
    Lines found;
    const auto at = files.find(file);
    if (at == files.end()) return found;
    for (const auto& [line, text] : at->second) {
      if (wanted.contains(line)) found.emplace(line, text);
    }
    return found;
  });
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("frames get the text of their lines") {
  const std::map<std::string, Lines> files{{"/a.py", {{3, "\t  store(x)  \r"}, {4, "   "}, {5, "never asked for"}}}};
  CHECK(texts({{"all", "", 0}, {"f", "/a.py", 3}, {"g", "/a.py", 3}, {"h", "/a.py", 4}, {"i", "/b.py", 3}}, files) ==
        std::vector<std::string>{"", "store(x)", "store(x)", "", ""});
  CHECK(source_lines({{{"f", "/a.py", 3}, ""}}, {}) == std::vector<std::string>{""});
}

TEST_CASE("a long line is cut between characters") {
  const std::map<std::string, Lines> files{
      {"/a", {{1, repeated("x", 200)}, {2, repeated("x", 201)}, {3, "x" + repeated("é", 120)}}}};
  CHECK(texts({{"f", "/a", 1}, {"f", "/a", 2}, {"f", "/a", 3}}, files) ==
        std::vector<std::string>{repeated("x", 200), repeated("x", 200) + "…", "x" + repeated("é", 99) + "…"});
}

TEST_CASE("all lines together are bounded") {
  Lines lines;
  std::vector<capture::Symbol> symbols;
  for (std::uint32_t line = 1; line <= 20'000; ++line) {
    lines.emplace(line, repeated("y", 100));
    symbols.push_back({"f", "/a", line});
  }
  std::size_t bytes = 0;
  for (const std::string& text : texts(symbols, {{"/a", lines}})) bytes += text.size();
  CHECK(bytes <= 512 << 10);
  CHECK(bytes > 500'000);
}

}  // namespace
}  // namespace chunkmark::report
