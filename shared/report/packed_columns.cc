#include "report/packed_columns.h"

#include <functional>
#include <numeric>
#include <unordered_map>

#include "base/base64.h"
#include "bytes/gzip.h"

namespace chunkmark::report {
namespace {

enum class Encoding { kPlain, kDelta };

// Bytes of the narrowest type that holds every value: what is not written need not be unpacked before the first
// picture.
template <typename T>
std::size_t width_of(const std::vector<T>& values) {
  const std::uint64_t bits = std::accumulate(values.begin(), values.end(), std::uint64_t{0}, std::bit_or<>());
  return bits >> 32 != 0 ? 8 : bits >> 16 != 0 ? 4 : bits >> 8 != 0 ? 2 : 1;
}

// Planes: the lowest byte of every row, then the next; equal high bytes then stand together and compress away.
template <typename T>
json::object pack_column(std::vector<T> values, Encoding encoding = Encoding::kPlain) {
  static_assert(std::is_unsigned_v<T>);
  if (encoding == Encoding::kDelta) std::adjacent_difference(values.begin(), values.end(), values.begin());
  const std::size_t width = width_of(values);
  std::vector<std::byte> planes(values.size() * width);
  for (std::size_t row = 0; row < values.size(); ++row) {
    for (std::size_t plane = 0; plane < width; ++plane) {
      planes[plane * values.size() + row] = static_cast<std::byte>(values[row] >> (8 * plane));
    }
  }
  json::object packed{{"type", "u" + std::to_string(8 * width)}, {"rows", values.size()}};
  if (encoding == Encoding::kDelta) packed["encoding"] = "delta";
  packed["gzip"] = base64(bytes::gzip_compress(planes));
  return packed;
}

// Every text once; 0 is the empty one.
class Strings {
 public:
  std::uint32_t number(const std::string& text) {
    const auto [at, fresh] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(json::value(text));
    return at->second;
  }
  json::object packed() const {
    const std::string text = json::serialize(texts_);
    return {{"type", "strings"}, {"rows", texts_.size()}, {"gzip", base64(bytes::gzip_compress(as_byte_view(text)))}};
  }

 private:
  json::array texts_{""};
  std::unordered_map<std::string, std::uint32_t> numbers_{{"", 0}};
};

std::vector<std::uint32_t> nodes_of(const std::vector<std::uint32_t>& stacks, profile::DisplayTree& tree) {
  std::vector<std::uint32_t> nodes;
  nodes.reserve(stacks.size());
  for (const std::uint32_t stack : stacks) nodes.push_back(tree.node_of(stack));
  return nodes;
}

json::object moves_json(const profile::Moves& moves, profile::DisplayTree& tree) {
  return {{"t", pack_column(moves.t, Encoding::kDelta)},
          {"bytes", pack_column(moves.bytes)},
          {"calls", pack_column(moves.calls)},
          {"stack", pack_column(nodes_of(moves.stack, tree))},
          {"thread", pack_column(moves.thread)}};
}

}  // namespace

void add_packed_rows(json::object& document, const profile::Columns& columns, profile::DisplayTree& tree) {
  const profile::Intervals& intervals = columns.intervals;
  document["intervals"] = json::object{{"t0", pack_column(intervals.t0, Encoding::kDelta)},
                                       {"t1", pack_column(intervals.t1)},
                                       {"bytes", pack_column(intervals.bytes)},
                                       {"blocks", pack_column(intervals.blocks)},
                                       {"stack", pack_column(nodes_of(intervals.stack, tree))},
                                       {"thread", pack_column(intervals.thread)}};
  document["copies"] = moves_json(columns.copies, tree);
  document["transfers"] = moves_json(columns.transfers, tree);
}

void add_packed_columns(json::object& document, const profile::Columns& columns, profile::DisplayTree& tree,
                        const SourceReader& reader) {
  document["tick_ns"] = columns.tick_ns;
  document["end_ticks"] = columns.end_ticks;
  json::array threads;
  for (std::uint32_t i = 0; i < columns.threads; ++i) {
    threads.push_back(json::value(i == 0 ? "main" : "thread " + std::to_string(i)));
  }
  document["threads"] = std::move(threads);
  add_packed_rows(document, columns, tree);

  // Now that every node is there.
  Strings strings;
  std::vector<std::uint32_t> function, file, line, module, source;
  for (const profile::DisplayFrame& frame : tree.frames()) {
    function.push_back(strings.number(frame.symbol.function));
    file.push_back(strings.number(frame.symbol.file));
    line.push_back(frame.symbol.line);
    module.push_back(strings.number(frame.module));
  }
  for (const std::string& text : source_lines(tree.frames(), reader)) source.push_back(strings.number(text));
  std::vector<std::uint32_t> parent;
  for (const std::int32_t node : tree.parent()) parent.push_back(node < 0 ? 0 : static_cast<std::uint32_t>(node));
  document["frames"] = json::object{{"function", pack_column(function)},
                                    {"file", pack_column(file)},
                                    {"module", pack_column(module)},
                                    {"line", pack_column(line)},
                                    {"source", pack_column(source)}};
  document["stacks"] = json::object{{"parent", pack_column(parent)}, {"frame", pack_column(tree.frame())}};
  document["strings"] = strings.packed();
}

}  // namespace chunkmark::report
