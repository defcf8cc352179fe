#include "native/cli/near_names.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace chunkmark::cli {

namespace {

constexpr std::size_t kShown = 3;

// Levenshtein's: insertions, deletions and replacements that turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string near_names(std::string_view wanted, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const std::size_t most = std::max<std::size_t>(1, wanted.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : names) {
    // Names of very different lengths are far apart: not worth the table of a hostile file's long names.
    const std::size_t longer = std::max(name.size(), wanted.size()), shorter = std::min(name.size(), wanted.size());
    if (longer - shorter > most) continue;
    const std::size_t distance = edit_distance(wanted, name);
    if (distance <= most && distance < wanted.size()) near.emplace_back(distance, name);
  }
  std::sort(near.begin(), near.end());
  std::string text;
  for (std::size_t i = 0; i < near.size() && i < kShown; ++i) text += (i > 0 ? ", " : "") + near[i].second;
  if (!near.empty()) return "; did you mean " + text + "?";
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return "; there are " + text;
}

}  // namespace chunkmark::cli
