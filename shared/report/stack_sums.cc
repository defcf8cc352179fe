#include "report/stack_sums.h"

#include <algorithm>
#include <map>

#include "base/stable_sort.h"
#include "instrument/capture/origin.h"

namespace chunkmark::report {
namespace {

using profile::StackTotals;

std::uint64_t at_least_none(std::int64_t value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
}

struct Told {
  SumKind kind;
  std::string_view needs, needs_too;  // of capture/origin.h
  std::uint64_t (*value)(const StackTotals&);
};

constexpr std::string_view kAlways;
const Told kTold[] = {
    {{"heap peak", "bytes", "peak_bytes"},
     capture::kTellsPeak,
     kAlways,
     [](const StackTotals& stack) { return at_least_none(stack.peak_bytes); }},
    {{"blocks at the heap peak", "count", "peak_blocks"},
     capture::kTellsPeak,
     capture::kTellsBlocks,
     [](const StackTotals& stack) { return at_least_none(stack.peak_blocks); }},
    {{"allocated", "bytes", "allocated_bytes"},
     capture::kTellsAllocations,
     kAlways,
     [](const StackTotals& stack) { return stack.allocated_bytes; }},
    {{"allocations", "count", "allocations"},
     capture::kTellsAllocations,
     kAlways,
     [](const StackTotals& stack) { return stack.allocations; }},
    {{"alive at the end", "bytes", "end_bytes"},
     capture::kTellsEnd,
     kAlways,
     [](const StackTotals& stack) { return at_least_none(stack.live_bytes); }},
};

}  // namespace

StackSums stack_sums(const profile::CaptureAnalysis& capture) {
  StackSums sums;
  std::vector<std::uint64_t (*)(const StackTotals&)> values;
  for (const Told& told : kTold) {
    if (!capture.tells(told.needs) || (!told.needs_too.empty() && !capture.tells(told.needs_too))) continue;
    sums.kinds.push_back(told.kind);
    values.push_back(told.value);
  }
  profile::DisplayTree tree(capture.reader().stacks());
  std::map<std::uint32_t, std::vector<std::uint64_t>> by_node;
  for (const StackTotals& stack : capture.main().stacks()) {
    std::vector<std::uint64_t>& row = by_node[tree.node_of(stack.stack)];
    row.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) row[i] += values[i](stack);
  }
  sums.frames = tree.frames();
  sums.frames[0].symbol.function = "unknown";  // of an empty stack; the root itself is in no stack
  for (auto& [node, row] : by_node) {
    if (std::all_of(row.begin(), row.end(), [](std::uint64_t value) { return value == 0; })) continue;
    StackSum sum{{}, std::move(row)};
    for (std::uint32_t at = node; at != 0; at = static_cast<std::uint32_t>(tree.parent()[at])) {
      sum.frames.push_back(tree.frame()[at]);
    }
    if (sum.frames.empty()) sum.frames.push_back(0);
    std::reverse(sum.frames.begin(), sum.frames.end());
    sums.stacks.push_back(std::move(sum));
  }
  sort_stably(sums.stacks, [](const StackSum& a, const StackSum& b) { return a.values > b.values; });
  return sums;
}

}  // namespace chunkmark::report
