#include "instrument/profile/sites.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/stable_sort.h"
#include "instrument/profile/frame_text.h"

namespace chunkmark::profile {
namespace {

// The innermost function of a native frame that is not a runtime's; empty if there is none.
std::string leaf_of(const capture::StackTree& tree, const capture::Frame& frame) {
  const std::string& module = tree.modules[frame.module];
  if (frame.symbols.empty()) return is_runtime_frame(module, "") ? "" : address_text(tree, frame);
  for (const capture::SymbolRef& symbol : frame.symbols) {
    if (!is_runtime_frame(module, tree.strings[symbol.function], tree.strings[symbol.file])) {
      return symbol_text(tree, symbol);
    }
  }
  return "";
}

}  // namespace

std::string site_name(const capture::StackTree& tree, std::uint32_t node) {
  const std::uint32_t innermost = node;
  std::string leaf;
  for (; node != 0; node = tree.nodes[node].parent) {
    const capture::Frame& frame = tree.frames[tree.nodes[node].frame];
    if (frame.kind == capture::FrameKind::kPython) {
      return frame_text(tree, frame) + (leaf.empty() ? "" : " [" + leaf + "]");
    }
    if (leaf.empty()) leaf = leaf_of(tree, frame);
  }
  if (!leaf.empty()) return leaf;
  return innermost == 0 ? "unknown" : frame_text(tree, tree.frames[tree.nodes[innermost].frame]);
}

std::vector<Site> sites_at_peak(const Analysis& analysis, const capture::StackTree& tree) {
  std::unordered_map<std::string, Site> by_name;
  std::unordered_map<std::string, std::pair<std::int64_t, std::int64_t>> largest;  // grown, bytes
  for (const StackTotals& totals : analysis.stacks()) {
    if (totals.peak_bytes <= 0) continue;
    const std::string name = site_name(tree, totals.stack);
    Site& site = by_name[name];
    site.bytes += static_cast<std::uint64_t>(totals.peak_bytes);
    const std::int64_t before = std::max<std::int64_t>(totals.bytes_at_begin, 0);
    site.bytes_before += static_cast<std::uint64_t>(before);
    site.blocks += static_cast<std::uint64_t>(std::max<std::int64_t>(totals.peak_blocks, 0));
    site.shared_bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(totals.peak_shared_bytes, 0));
    site.mapped_bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(totals.peak_mapped_bytes, 0));
    site.large_bytes += totals.peak_large_bytes;
    site.large_touched_bytes += totals.peak_large_touched_bytes;
    const std::pair weight(std::max<std::int64_t>(totals.peak_bytes - before, 0), totals.peak_bytes);
    if (auto& heaviest = largest[name]; weight > heaviest) {
      heaviest = weight;
      site.stack = totals.stack;
    }
  }
  std::vector<Site> sites;
  for (auto& [name, site] : by_name) {
    site.name = name;
    sites.push_back(std::move(site));
  }
  sort_stably(sites,
              [](const Site& a, const Site& b) { return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name; });
  return sites;
}

}  // namespace chunkmark::profile
