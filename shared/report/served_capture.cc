#include "report/served_capture.h"

#include <algorithm>

#include "base/error.h"
#include "instrument/profile/thin_columns.h"
#include "report/packed_columns.h"

namespace chunkmark::report {
namespace {

constexpr profile::Coarseness kKept{2'000'000, 6'400, 1000, 1'000'000, 65'536};

std::vector<std::pair<std::uint32_t, std::uint64_t>> heap_of(const profile::Intervals& lives) {
  std::vector<std::pair<std::uint32_t, std::int64_t>> ends;
  ends.reserve(2 * lives.rows());
  for (std::size_t i = 0; i < lives.rows(); ++i) {
    if (lives.t0[i] == lives.t1[i]) continue;
    ends.emplace_back(lives.t0[i], static_cast<std::int64_t>(lives.bytes[i]));
    if (lives.t1[i] != profile::kAlive) ends.emplace_back(lives.t1[i], -static_cast<std::int64_t>(lives.bytes[i]));
  }
  std::sort(ends.begin(), ends.end());
  std::vector<std::pair<std::uint32_t, std::uint64_t>> heap;
  std::int64_t alive = 0;
  for (const auto& [t, bytes] : ends) {
    alive += bytes;
    if (heap.empty() || heap.back().first != t) heap.emplace_back(t, 0);
    heap.back().second = static_cast<std::uint64_t>(alive);
  }
  heap.shrink_to_fit();
  return heap;
}

}  // namespace

ServedCapture::ServedCapture(const capture::CaptureFile& file, std::uint64_t array_bytes, std::string_view title)
    : capture_(profile::read_profile(file, kKept)),
      inspection_(figures::inspect(capture_.analysis, array_bytes)),
      title_(title),
      heap_(heap_of(capture_.columns.intervals)),
      tree_(capture_.analysis.reader().stacks()) {
  // All that a range may name, so that nodes keep their numbers.
  for (const std::uint32_t stack : capture_.columns.intervals.stack) tree_.node_of(stack);
  for (const std::uint32_t stack : capture_.columns.copies.stack) tree_.node_of(stack);
  for (const std::uint32_t stack : capture_.columns.transfers.stack) tree_.node_of(stack);
}

// The first tick of the range at which most is alive, `from` included.
std::uint32_t ServedCapture::peak_of(std::uint32_t from, std::uint32_t to) const {
  auto at = std::upper_bound(heap_.begin(), heap_.end(), std::pair(from, ~std::uint64_t{0}));
  std::uint32_t peak = from;
  std::uint64_t most = at == heap_.begin() ? 0 : std::prev(at)->second;
  for (; at != heap_.end() && at->first <= to; ++at) {
    if (at->second > most) most = at->second, peak = at->first;
  }
  return peak;
}

profile::Columns ServedCapture::part(std::uint32_t from, std::uint32_t to) const {
  return profile::part_of(capture_.columns, from, to, kReportCoarseness, {peak_of(from, to)});
}

json::object ServedCapture::overview(std::string_view detail_url, const SourceReader& reader) const {
  profile::Columns columns = part(0, capture_.columns.end_ticks);
  profile::fold_stacks(columns, capture_.analysis.reader().stacks(), kReportCoarseness.max_stacks,
                       kReportCoarseness.max_rows);
  columns.stacks = capture_.columns.stacks;
  const std::lock_guard lock(mutex_);
  json::object document = report_document(capture_.analysis, columns, tree_, inspection_, title_, nullptr, reader);
  document["detail_url"] = detail_url;
  return document;
}

json::object ServedCapture::detail(std::uint32_t from, std::uint32_t to) const {
  to = std::min(to, capture_.columns.end_ticks);
  if (from > to) {
    throw Error(ErrorCode::kInvalidArgument, "range: expected it to begin before its end, found " +
                                                 std::to_string(from) + " to " + std::to_string(to));
  }
  const profile::Columns columns = part(from, to);
  json::object document{{"from", from}, {"to", to}, {"instants", columns.instants}};
  const std::lock_guard lock(mutex_);
  add_packed_rows(document, columns, tree_);
  return document;
}

}  // namespace chunkmark::report
