#include "report/source_lines.h"

namespace chunkmark::report {
namespace {

constexpr std::size_t kLineBytes = 200;       // more is no longer read in a tip
constexpr std::size_t kAllBytes = 512 << 10;  // a quarter of the largest report, before compression

std::string shortened(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return "";
  text = text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
  if (text.size() <= kLineBytes) return std::string(text);
  std::size_t end = kLineBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace

std::vector<std::string> source_lines(const std::vector<profile::DisplayFrame>& frames, const SourceReader& reader) {
  std::vector<std::string> texts(frames.size());
  if (!reader) return texts;
  std::map<std::string, std::set<std::uint32_t>> wanted;
  for (const profile::DisplayFrame& frame : frames) {
    if (frame.symbol.line > 0) wanted[frame.symbol.file].insert(frame.symbol.line);
  }
  std::map<std::string, std::map<std::uint32_t, std::string>> found;
  std::size_t bytes = 0;
  for (auto file = wanted.begin(); file != wanted.end() && bytes <= kAllBytes; ++file) {
    for (const auto& [line, text] : reader(file->first, file->second)) {
      std::string shown = shortened(text);
      bytes += shown.size();
      if (bytes > kAllBytes) break;
      found[file->first].emplace(line, std::move(shown));
    }
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto file = found.find(frames[i].symbol.file);
    if (file == found.end()) continue;
    if (const auto line = file->second.find(frames[i].symbol.line); line != file->second.end()) texts[i] = line->second;
  }
  return texts;
}

}  // namespace chunkmark::report
