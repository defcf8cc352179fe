#include "instrument/import/memray_html.h"

#include <algorithm>
#include <tuple>

#include "base/stable_sort.h"
#include "base/utf8.h"
#include "instrument/capture/origin.h"
#include "instrument/import/event_batch.h"
#include "instrument/import/origin_document.h"
#include "instrument/import/stack_builder.h"

namespace chunkmark::imports {
namespace {

using capture::EventKind;

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::uint64_t kStepNs = 1000;  // between snapshots that memray gives the same time

std::uint32_t count_of(std::int64_t blocks) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(blocks, 0, ~std::uint32_t{0}));
}

std::uint64_t bytes_of(std::int64_t bytes) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
}

std::uint32_t frame_of(StackBuilder& builder, std::string_view function, std::string_view file, std::int64_t line) {
  const capture::SymbolRef symbol{builder.text(function), builder.text(file == "<unknown>" ? "" : file),
                                  line > 0 && line <= 0x7fffffff ? static_cast<std::uint32_t>(line) : 0};
  return builder.named_frame(kind_of_file(file), symbol);
}

// "function at file:line", as a table has it.
std::uint32_t frame_of_row(StackBuilder& builder, std::string_view text) {
  const std::size_t at = text.rfind(" at "), colon = text.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at + 4) {
    return frame_of(builder, text, "", 0);
  }
  std::int64_t line = 0;
  for (const char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9' || line > 0x7fffffff) break;
    line = line * 10 + (c - '0');
  }
  return frame_of(builder, text.substr(0, at), text.substr(at + 4, colon - at - 4), line);
}

}  // namespace

MemrayHtml::MemrayHtml(const capture::CaptureFile& file) : page_(read_memray_page(file.bytes, file.name)) {
  processes_.push_back({0, 0, utf8_text(page_.command_line)});
  std::vector<std::string_view> unknown{capture::kTellsPages,       capture::kTellsCopies, capture::kTellsTransfers,
                                        capture::kTellsRealloc,     capture::kTellsMapped, capture::kTellsAllocator,
                                        capture::kTellsAllocations, capture::kTellsTimes};
  if (page_.temporal) unknown.pop_back();
  const bool is_plain_peak = page_.title.find('(') == std::string::npos;
  if (!is_plain_peak) unknown.push_back(capture::kTellsPeak);
  if (is_plain_peak) unknown.push_back(capture::kTellsEnd);
  meta_ = origin_document({.format = "memray HTML report",
                           .version = page_.title,
                           .command_line = processes_.front().command,
                           .started_ms = page_.moments.empty() ? std::nullopt : std::optional(page_.moments[0].ms),
                           .peak_is_last = false},
                          unknown);
  if (!is_plain_peak) {
    const std::size_t open = page_.title.find('(') + 1;
    notes_.push_back(json::value("a report of " + page_.title.substr(open, page_.title.find(')') - open) +
                                 ": what was alive at the heap peak is not in it"));
  }
  if (page_.temporal) find_defects();
}

std::uint64_t MemrayHtml::peek_duration() const {
  if (page_.duration_ms) return *page_.duration_ms * kNsPerMs;
  if (page_.moments.size() < 2) return 0;
  return bytes_of(page_.moments.back().ms - page_.moments.front().ms) * kNsPerMs;
}

// memray 1.11 to 1.17.1 thin the samples of a long run but not the snapshots, and then show the first part only.
void MemrayHtml::find_defects() {
  if (!page_.moments.empty() && page_.high_water.size() > page_.moments.size() + 1) {
    notes_.push_back(json::value("a defect of the memray that wrote this report (1.11 to 1.17.1): it has " +
                                 std::to_string(page_.high_water.size()) + " snapshots and the times of only " +
                                 std::to_string(page_.moments.size()) +
                                 " of them; its own page shows the first part of the run at the wrong times, here each "
                                 "time stands for several"));
  }
}

std::uint64_t MemrayHtml::snapshot_ns(std::int64_t snapshot) const {
  const std::size_t count = page_.moments.size();
  if (count == 0) return 0;
  const std::size_t snapshots = std::max<std::size_t>(page_.high_water.size(), 1);
  const std::size_t stride = std::max<std::size_t>(1, (snapshots - 1 + count - 1) / count);
  const std::size_t at = std::min(static_cast<std::size_t>(snapshot) / stride, count - 1);
  const std::int64_t ms = page_.moments[at].ms, first = page_.moments[0].ms;
  constexpr std::int64_t kMostMs = INT64_MAX / 2'000'000;
  return ms <= first || ms > kMostMs || first < 0 ? 0 : static_cast<std::uint64_t>(ms - first) * kNsPerMs;
}

// By node of the page: the node of the tree. One that no path from the root leads to has an empty stack.
std::vector<std::uint32_t> MemrayHtml::build_stacks() {
  StackBuilder builder(stacks_);
  const MemrayNodes& nodes = page_.nodes;
  const std::size_t count = nodes.parent.size();
  std::vector<std::string> texts;
  texts.reserve(page_.strings.size());
  for (const std::string& text : page_.strings) texts.push_back(plain_text(text));
  page_.strings.clear();
  const auto text_at = [&texts](const std::vector<std::int64_t>& column, std::size_t node) {
    const std::int64_t at = node < column.size() ? column[node] : -1;
    return at >= 0 && static_cast<std::size_t>(at) < texts.size()
               ? std::string_view(texts[static_cast<std::size_t>(at)])
               : std::string_view();
  };
  // From the root downwards, so that a circle is never entered.
  std::vector<std::vector<std::uint32_t>> children(count);
  for (std::size_t node = 1; node < count; ++node) {
    if (nodes.parent[node] >= 0) {
      children[static_cast<std::size_t>(nodes.parent[node])].push_back(static_cast<std::uint32_t>(node));
    }
  }
  std::vector<std::uint32_t> made(count, 0), open{0};
  while (!open.empty() && count > 0) {
    const std::uint32_t parent = open.back();
    open.pop_back();
    for (const std::uint32_t node : children[parent]) {
      const std::int64_t line = node < nodes.line.size() ? nodes.line[node] : 0;
      made[node] =
          builder.node(made[parent], frame_of(builder, text_at(nodes.function, node), text_at(nodes.file, node), line));
      open.push_back(node);
    }
  }
  return made;
}

void MemrayHtml::read_temporal(capture::CaptureVisitor& visitor) {
  const std::vector<std::uint32_t> stacks = build_stacks();
  struct Change {
    std::int64_t snapshot;
    bool begins;
    std::uint32_t row;
    bool operator<(const Change& other) const {
      return std::tuple(snapshot, begins, row) < std::tuple(other.snapshot, other.begins, other.row);  // ends first
    }
  };
  std::vector<Change> changes;
  for (std::uint32_t row = 0; row < page_.intervals.size(); ++row) {
    const MemrayInterval& interval = page_.intervals[row];
    if ((interval.bytes <= 0 && interval.blocks <= 0) || interval.first < 0) continue;
    if (interval.end >= 0 && interval.end <= interval.first) continue;
    changes.push_back({interval.first, true, row});
    if (interval.end >= 0) changes.push_back({interval.end, false, row});
  }
  sort_stably(changes, std::less<>());
  EventBatch batch(visitor);
  std::uint64_t now_ns = 0;
  std::int64_t snapshot = -1;
  for (const Change& change : changes) {
    if (change.snapshot != snapshot) {
      now_ns = std::max(snapshot_ns(change.snapshot), snapshot < 0 ? 0 : now_ns + kStepNs);
      snapshot = change.snapshot;
    }
    const MemrayInterval& interval = page_.intervals[change.row];
    const std::uint64_t address = change.row + 1u;
    if (change.begins) {
      const auto node = static_cast<std::size_t>(interval.node);
      batch.add({EventKind::kAllocate, 0, interval.node >= 0 && node < stacks.size() ? stacks[node] : 0, now_ns,
                 address, bytes_of(interval.bytes), 0, count_of(interval.blocks)});
    } else {
      batch.add({EventKind::kFree, 0, 0, now_ns, address, 0});
    }
  }
  batch.flush();
}

void MemrayHtml::read_moment(capture::CaptureVisitor& visitor) {
  std::uint64_t moment_ns = 0, highest = 0;
  for (std::size_t i = 0; i < page_.moments.size(); ++i) {
    const MemrayMoment& moment = page_.moments[i];
    const std::uint64_t ns = snapshot_ns(static_cast<std::int64_t>(i));
    visitor.on_heap(0, {ns, bytes_of(moment.heap_bytes)});
    if (bytes_of(moment.heap_bytes) > highest) highest = bytes_of(moment.heap_bytes), moment_ns = ns;
  }
  if (page_.is_of_leaks()) moment_ns = std::max(moment_ns, peek_duration());
  EventBatch batch(visitor);
  std::uint64_t address = 0;
  const auto add = [&](std::uint32_t stack, std::int64_t bytes, std::int64_t blocks) {
    if (bytes <= 0 && blocks <= 0) return;
    batch.add({EventKind::kAllocate, 0, stack, moment_ns, ++address, bytes_of(bytes), 0, count_of(blocks)});
  };
  if (page_.table) {
    StackBuilder builder(stacks_);
    for (const MemrayTableRow& row : page_.rows) {
      add(builder.node(0, frame_of_row(builder, plain_text(row.frame))), row.bytes, row.blocks);
    }
  } else {
    // What a node has itself: its sum less those of its children.
    const std::vector<std::uint32_t> stacks = build_stacks();
    MemrayNodes& nodes = page_.nodes;
    nodes.bytes.resize(stacks.size());
    nodes.blocks.resize(stacks.size());
    std::vector<std::int64_t> bytes = nodes.bytes, blocks = nodes.blocks;
    for (std::size_t node = 0; node < stacks.size(); ++node) {
      if (nodes.parent[node] < 0) continue;
      const auto parent = static_cast<std::size_t>(nodes.parent[node]);
      const auto less = [](std::int64_t& from, std::int64_t what) {  // a hostile page's numbers may not fit
        from = static_cast<std::int64_t>(static_cast<std::uint64_t>(from) - static_cast<std::uint64_t>(what));
      };
      less(bytes[parent], nodes.bytes[node]);
      less(blocks[parent], nodes.blocks[node]);
    }
    for (std::size_t node = 0; node < stacks.size(); ++node) add(stacks[node], bytes[node], blocks[node]);
  }
  batch.flush();
}

void MemrayHtml::read(capture::CaptureVisitor& visitor) {
  if (page_.temporal) {
    read_temporal(visitor);
  } else {
    read_moment(visitor);
  }
  end_["duration_ns"] = peek_duration();
  if (!page_.is_of_leaks() && !page_.high_water.empty()) {
    end_["peak_heap_bytes"] = bytes_of(*std::max_element(page_.high_water.begin(), page_.high_water.end()));
  }
  if (page_.records) end_["allocation_records"] = *page_.records;
  if (!notes_.empty()) end_["notes"] = std::move(notes_);
  page_ = MemrayPage();
}

}  // namespace chunkmark::imports
