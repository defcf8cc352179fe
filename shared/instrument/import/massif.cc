#include "instrument/import/massif.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/utf8.h"
#include "instrument/capture/origin.h"
#include "instrument/import/event_batch.h"
#include "instrument/import/origin_document.h"
#include "instrument/import/valgrind_frame.h"

namespace chunkmark::imports {
namespace {

constexpr std::size_t kMaxLine = 1 << 16, kMaxDepth = 512;

}  // namespace

Massif::Massif(const capture::CaptureFile& file)
    : reader_(std::make_unique<StreamReader>(open_stream(file), file.name)) {
  std::string command, unit, line;
  while (next_line(line) && !line.starts_with("#-")) {
    if (line.starts_with("cmd: ")) command = utf8_text(std::string_view(line).substr(5));
    if (line.starts_with("time_unit: ")) unit = line.substr(11);
  }
  std::vector<std::string_view> unknown{capture::kTellsPages,     capture::kTellsCopies, capture::kTellsTransfers,
                                        capture::kTellsRealloc,   capture::kTellsMapped, capture::kTellsAllocations,
                                        capture::kTellsAllocator, capture::kTellsBlocks, capture::kTellsEnd};
  if (unit == "ms") {
    ns_per_tick_ = 1'000'000;
  } else {
    unknown.insert(unknown.end(), {capture::kTellsTimes, capture::kTellsDuration});
  }
  processes_.push_back({0, 0, command});
  meta_ = origin_document({.format = "massif", .version = "1", .command_line = command, .started_ms = std::nullopt},
                          unknown);
}

bool Massif::next_line(std::string& line) {
  if (has_line_) {
    has_line_ = false;
    line = std::move(line_);
    return true;
  }
  if (reader_->at_end()) return false;
  line = reader_->text_to('\n', kMaxLine, "a line");
  return true;
}

std::uint64_t Massif::number_after(std::string_view line, std::string_view word) const {
  if (!line.starts_with(word)) reader_->fail(std::string(word), utf8_text(line.substr(0, 40)));
  std::uint64_t value = 0;
  line.remove_prefix(word.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc() || end != line.data() + line.size()) {
    reader_->fail("a number after " + std::string(word), utf8_text(line.substr(0, 40)));
  }
  return value;
}

// Lines "  n2: 1000 0x12: f (a.c:1)", as many spaces as the node is deep; the first is `root`'s.
void Massif::read_tree(const std::string& root, std::vector<Node>& nodes) {
  nodes.clear();
  std::string line = root;
  do {
    const std::size_t depth = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t colon = line.find(": ", depth);
    if (colon == std::string::npos || line[depth] != 'n' || depth > kMaxDepth) {
      line_ = std::move(line);
      has_line_ = true;
      return;
    }
    Node node{0, {}, depth};
    const char* begin = line.data() + colon + 2;
    const auto [end, error] = std::from_chars(begin, line.data() + line.size(), node.bytes);
    if (error != std::errc()) reader_->fail("the bytes of a node", utf8_text(line.substr(0, 40)));
    node.label = line.substr(static_cast<std::size_t>(end - line.data()));
    node.label.erase(0, node.label.find_first_not_of(' '));
    nodes.push_back(std::move(node));
  } while (next_line(line));
}

void Massif::read(capture::CaptureVisitor& visitor) {
  std::vector<Node> peak;
  std::uint64_t time_ns = 0, peak_ns = 0, heap = 0, end_ns = 0;
  std::string line;
  try {
    while (next_line(line)) {
      if (line.starts_with("time=")) {
        const std::uint64_t ticks = number_after(line, "time=");
        time_ns = std::min(ticks, ~std::uint64_t{0} / 2 / ns_per_tick_) * ns_per_tick_;
        end_ns = std::max(end_ns, time_ns);
      } else if (line.starts_with("mem_heap_B=")) {
        heap = number_after(line, "mem_heap_B=");
        visitor.on_heap(0, {time_ns, heap});
      } else if (line == "heap_tree=peak" || line == "heap_tree=detailed") {
        const bool is_peak = line == "heap_tree=peak";
        std::vector<Node> tree;
        if (next_line(line)) read_tree(line, tree);
        if (is_peak) peak = std::move(tree), peak_ns = time_ns;
      }
    }
  } catch (const Error& error) {
    problem_ = error.what();
  }
  // A node's path leads from the function that allocates outwards; what its callers do not explain is its own.
  StackBuilder builder(stacks_);
  EventBatch batch(visitor);
  std::vector<std::string_view> path;
  for (std::size_t i = 0; i < peak.size(); ++i) {
    std::uint64_t own = peak[i].bytes;
    for (std::size_t j = i + 1; j < peak.size() && peak[j].depth > peak[i].depth; ++j) {
      if (peak[j].depth == peak[i].depth + 1) own -= std::min(own, peak[j].bytes);
    }
    path.resize(std::min(path.size(), peak[i].depth));
    path.resize(peak[i].depth);  // a hostile file may leave a depth out
    path.push_back(peak[i].label);
    if (own == 0) continue;
    std::uint32_t node = 0;
    for (std::size_t at = path.size(); at-- > 1;) {  // 0: the allocation functions together
      if (path[at].starts_with("in ") || path[at].empty()) continue;
      if (const auto frame = valgrind_frame(builder, path[at])) node = builder.node(node, *frame);
    }
    batch.add({capture::EventKind::kAllocate, 0, node, peak_ns, i + 1, own, 0, 0});
  }
  batch.flush();
  reader_.reset();
  if (!problem_.empty()) return;
  end_["duration_ns"] = end_ns;
  if (peak.empty()) {
    end_["notes"] = json::array{"no snapshot of this file is its peak: what was alive then is not in it"};
  }
}

}  // namespace chunkmark::imports
