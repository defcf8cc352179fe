#include "instrument/figures/conclusions.h"

#include <map>
#include <set>

#include "base/stable_sort.h"
#include "instrument/capture/origin.h"
#include "instrument/figures/byte_text.h"
#include "instrument/figures/extra_copies.h"
#include "instrument/profile/frame_text.h"

namespace chunkmark::figures {
namespace {

constexpr std::size_t kMaxNamed = 4;

std::uint64_t buffers_in(std::uint64_t bytes, std::uint64_t array_bytes) {
  return (bytes * 5 + array_bytes) / (array_bytes * 5);  // as count_buffers()
}

std::string blocks_text(const profile::Site& site) {
  const std::string blocks = site.blocks == 0   ? ""
                             : site.blocks == 1 ? " in 1 block"
                                                : " in " + std::to_string(site.blocks) + " blocks";
  return byte_text(site.grown()) + blocks + " at " + site.name;
}

// Of the sites that count, the one that the array itself belongs to; null if it was there before the window.
const profile::Site* array_site(const profile::CaptureAnalysis& capture, const CopyFigures& figures) {
  if (is_array_alive_at_begin(capture.main(), figures.array_bytes)) return nullptr;
  const profile::Site* nearest = nullptr;
  std::uint64_t least = ~std::uint64_t{0};
  for (const profile::Site& site : figures.sites) {
    const std::uint64_t buffers = buffers_in(site.grown(), figures.array_bytes);
    if (buffers == 0) continue;
    if (const auto content = figures.same_bytes.sites.find(site.name);
        content != figures.same_bytes.sites.end() && content->second.has_array) {
      return &site;
    }
    const std::uint64_t arrays = buffers * figures.array_bytes;
    const std::uint64_t off = site.grown() > arrays ? site.grown() - arrays : arrays - site.grown();
    if (off < least) least = off, nearest = &site;
  }
  return nearest;
}

std::string extra_copies_text(const profile::CaptureAnalysis& capture, const CopyFigures& figures) {
  const profile::Site* array = array_site(capture, figures);
  const std::uint64_t extra = figures.extra_copies.value_or(0);
  std::string named;
  std::size_t sites = 0;
  const profile::Site* largest = nullptr;
  for (const profile::Site& site : figures.sites) {
    const std::uint64_t buffers = buffers_in(site.grown(), figures.array_bytes);
    if (&site == array && buffers <= 1) continue;
    if (largest == nullptr || site.grown() > largest->grown()) largest = &site;
    if (buffers == 0 || ++sites > kMaxNamed) continue;
    named += (named.empty() ? "" : "; ") + blocks_text(site) + (&site == array ? ", the array among them" : "");
  }
  if (sites > kMaxNamed) named += "; and others";
  if (extra > 0) {
    return std::to_string(extra) + (extra == 1 ? " extra copy" : " extra copies") + " at the heap peak: " + named;
  }
  return "no extra copy at the heap peak" + (largest != nullptr && largest->grown() > 0
                                                 ? ": the largest buffer beside the array is " + blocks_text(*largest)
                                                 : std::string());
}

// Where the source has no event for realloc: whether the innermost function is one that resizes what is there.
bool is_resized(const profile::CaptureAnalysis& capture, std::uint32_t stack) {
  if (capture.tells(capture::kTellsRealloc) || stack == 0) return false;
  const capture::StackTree& tree = capture.reader().stacks();
  const std::string leaf = profile::frame_text(tree, tree.frames[tree.nodes[stack].frame]);
  return leaf.find("Resize") != std::string::npos || leaf.find("ealloc") != std::string::npos;
}

// Buffers of the array's size that came to life, more of them than the peak shows; empty if not so.
std::string sequence_text(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes) {
  if (!capture.tells(capture::kTellsTimes)) return "";
  const profile::Analysis& analysis = capture.main();
  std::map<std::string, std::uint64_t> sites;
  std::uint64_t made = 0, at_peak = 0;
  for (const profile::BornBuffers& born : analysis.births().born()) {
    if (buffers_in(born.bytes, array_bytes) == 0 || buffers_in(born.from_bytes, array_bytes) > 0) continue;
    if (is_resized(capture, born.stack)) continue;
    made += born.count;
    sites[profile::site_name(capture.reader().stacks(), born.stack)] += born.count;
  }
  for (const profile::LargeBuffer& buffer : analysis.buffers().at_peak()) {
    if (!buffer.before_window && buffers_in(buffer.bytes, array_bytes) > 0) ++at_peak;
  }
  if (made <= at_peak) return "";
  std::vector<std::pair<std::string, std::uint64_t>> named(sites.begin(), sites.end());
  sort_stably(named, [](const auto& a, const auto& b) { return a.second > b.second; });
  const bool is_least = !capture.tells(capture::kTellsAllocations);  // sums by snapshot
  std::string text = (is_least ? "at least " : "") + std::to_string(made) +
                     " buffers of the array's size were made one after another, " + std::to_string(at_peak) +
                     " of them alive at the heap peak: ";
  for (std::size_t i = 0; i < named.size() && i < kMaxNamed; ++i) {
    text += (i == 0 ? "" : "; ") + std::to_string(named[i].second) + " at " + named[i].first;
  }
  return text + (named.size() > kMaxNamed ? "; and others" : "");
}

void add_growths(const profile::CaptureAnalysis& capture, std::vector<std::string>& told) {
  constexpr std::uint32_t kMinSteps = 3;
  constexpr std::uint64_t kMinShareOfPeak = 20;  // a twentieth
  const profile::Analysis& analysis = capture.main();
  std::set<std::string> named;
  for (const profile::Growth& growth : analysis.births().growths()) {  // largest first
    if (named.size() == kMaxNamed) break;
    if (growth.steps < kMinSteps || growth.last_bytes < analysis.totals().peak_heap_bytes / kMinShareOfPeak) continue;
    const std::string site = profile::site_name(capture.reader().stacks(), growth.stack);
    if (!named.insert(site).second) continue;
    told.push_back("a buffer grew from " + byte_text(growth.first_bytes) + " to " + byte_text(growth.last_bytes) +
                   " by " + std::to_string(growth.steps) +
                   " reallocations, each half as large again or more, which move up to " +
                   byte_text(growth.outgrown_bytes) + ": " + site);
  }
}

bool is_of_command(const std::string& command, std::string_view file) {
  const std::string_view name = profile::base_name(file);
  if (name.empty()) return false;
  for (std::size_t at = command.find(name); at != std::string::npos; at = command.find(name, at + 1)) {
    const bool begins = at == 0 || command[at - 1] == ' ' || command[at - 1] == '/';
    const std::size_t end = at + name.size();
    if (begins && (end == command.size() || command[end] == ' ')) return true;
  }
  return false;
}

// Calls visit(symbol) for the Python frames of a stack, innermost first, while it returns true.
template <typename Visit>
void for_each_python_frame(const capture::StackTree& tree, std::uint32_t node, Visit&& visit) {
  for (; node != 0; node = tree.nodes[node].parent) {
    const capture::Frame& frame = tree.frames[tree.nodes[node].frame];
    if (frame.kind != capture::FrameKind::kPython || frame.symbols.empty()) continue;
    if (!visit(frame.symbols.front())) return;
  }
}

std::string outside_marks(const profile::CaptureAnalysis& capture, const CopyFigures& figures) {
  const capture::StackTree& tree = capture.reader().stacks();
  const profile::Site* array = array_site(capture, figures);
  const std::string command = capture.command_line().value_or("");
  if (array == nullptr || command.empty()) return "";
  capture::SymbolRef made;
  for_each_python_frame(tree, array->stack, [&](const capture::SymbolRef& symbol) {
    if (!is_of_command(command, tree.strings[symbol.file])) return true;
    made = symbol;
    return false;
  });
  if (made.file == 0) return "";
  const auto is_same = [&](const capture::SymbolRef& symbol) {  // a text may stand in the tree twice
    return tree.strings[symbol.function] == tree.strings[made.function] &&
           tree.strings[symbol.file] == tree.strings[made.file];
  };
  std::set<std::uint32_t> later;
  for (const profile::StackTotals& stack : capture.main().stacks()) {
    if (stack.stack != array->stack && stack.allocated_bytes >= figures.array_bytes / 4) return "";
    for_each_python_frame(tree, stack.stack, [&](const capture::SymbolRef& symbol) {
      if (symbol.line > made.line && is_same(symbol)) later.insert(symbol.line);
      return true;
    });
  }
  if (later.size() > 1) return "";
  return "suspect: after " + profile::symbol_text(tree, made) + " made the array, " +
         (later.empty() ? "no line" : "only line " + std::to_string(*later.begin())) +
         " of that function took memory: the operation may never have run";
}

}  // namespace

std::vector<std::string> conclusions(const profile::CaptureAnalysis& capture, const CopyFigures* figures) {
  std::vector<std::string> told;
  if (figures != nullptr) {
    told.push_back(extra_copies_text(capture, *figures));
    if (std::string text = sequence_text(capture, figures->array_bytes); !text.empty()) told.push_back(std::move(text));
  }
  add_growths(capture, told);
  return told;
}

std::string suspicion(const profile::CaptureAnalysis& capture, const CopyFigures& figures) {
  const profile::Analysis& analysis = capture.main();
  if (figures.extra_copies.value_or(1) != 0) return "";
  if (!analysis.has_window()) return capture.origin() ? outside_marks(capture, figures) : "";
  if (!capture.tells(capture::kTellsCopies) || !capture.tells(capture::kTellsTransfers)) return "";
  const profile::Totals& totals = analysis.totals();
  constexpr std::uint64_t kSmallShare = 100;  // of the array, what an operation moves at least
  const std::uint64_t moved = totals.bytes_copied + totals.bytes_in + totals.bytes_out + totals.bytes_realloc_moved;
  const bool made_little = totals.peak_heap_bytes - totals.heap_at_begin_bytes < figures.array_bytes / kSmallShare;
  if (moved >= figures.array_bytes / kSmallShare || !made_little) return "";
  return "suspect: between the marks begin and end less than a hundredth of the array was copied, read, written or "
         "taken as memory: the operation may never have run";
}

}  // namespace chunkmark::figures
