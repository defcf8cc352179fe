#include "instrument/profile/difference.h"

#include <cstdlib>
#include <map>

#include "base/stable_sort.h"
#include "instrument/profile/range_query.h"
#include "instrument/profile/sites.h"

namespace chunkmark::profile {
namespace {

constexpr int kTimeShares = 8;                  // moments compared when aligned by time
constexpr std::size_t kMaxExactRows = 100'000;  // 3 MB; beyond that the columns are merged

struct Moment {
  std::string name;
  std::uint32_t a = 0, b = 0;  // ticks of each capture
};

std::uint32_t peak_of(const ComparedCapture& capture) {
  return capture.columns.ticks(capture.analysis.main().totals().peak_time_ns);
}

// The marks of one capture by name; of a name that comes again, each by its number.
std::map<std::pair<std::string, int>, std::uint64_t> marks_of(const ComparedCapture& capture) {
  std::map<std::string, int> seen;
  std::map<std::pair<std::string, int>, std::uint64_t> marks;
  for (const capture::Mark& mark : capture.analysis.main().marks())
    marks[{mark.name, seen[mark.name]++}] = mark.time_ns;
  return marks;
}

std::vector<Moment> moments_of(const ComparedCapture& a, const ComparedCapture& b, Alignment alignment) {
  if (a.analysis.known() == Known::kNothing || b.analysis.known() == Known::kNothing) return {};
  if (alignment == Alignment::kPeak) {
    const bool both = a.analysis.known() == Known::kAll && b.analysis.known() == Known::kAll;
    return {{both ? "heap peak" : "heap peak so far", peak_of(a), peak_of(b)}};
  }
  std::vector<Moment> moments;
  if (alignment == Alignment::kMarks) {
    const auto b_marks = marks_of(b);
    for (const auto& [key, a_ns] : marks_of(a)) {
      const auto at = b_marks.find(key);
      if (at == b_marks.end()) continue;
      const std::string number = key.second > 0 ? " " + std::to_string(key.second + 1) : "";
      moments.push_back({key.first + number, a.columns.ticks(a_ns), b.columns.ticks(at->second)});
    }
    sort_stably(moments, [](const Moment& x, const Moment& y) { return x.a < y.a; });
  } else if (a.analysis.reader().complete() && b.analysis.reader().complete()) {
    for (int i = 1; i <= kTimeShares; ++i) {
      const auto share = [i](const ComparedCapture& capture) {
        return static_cast<std::uint32_t>(std::uint64_t{capture.columns.end_ticks} * static_cast<unsigned>(i) /
                                          kTimeShares);
      };
      moments.push_back({std::to_string(100 * i / kTimeShares) + " %", share(a), share(b)});
    }
  }
  return moments;
}

// Live bytes by call site at one moment.
std::map<std::string, std::uint64_t> sites_at(const ComparedCapture& capture, std::uint32_t at, std::uint64_t& total) {
  const capture::StackTree& tree = capture.analysis.reader().stacks();
  const Selection alive = select(capture.columns, tree.nodes.size(), {Mode::kLive, at, at, {}});
  total = alive.bytes;
  std::map<std::string, std::uint64_t> sites;
  for (std::uint32_t stack = 0; stack < alive.self_bytes.size(); ++stack) {
    if (alive.self_bytes[stack] > 0) sites[site_name(tree, stack)] += alive.self_bytes[stack];
  }
  return sites;
}

}  // namespace

std::optional<Alignment> parse_alignment(std::string_view name) {
  if (name == "peak") return Alignment::kPeak;
  if (name == "marks") return Alignment::kMarks;
  if (name == "time") return Alignment::kTime;
  return std::nullopt;
}

ComparedCapture::ComparedCapture(const capture::CaptureFile& file)
    : CaptureProfile(read_profile(file, {kMaxExactRows, kTimeShares})) {}

std::vector<MomentDifference> find_differences(const ComparedCapture& a, const ComparedCapture& b,
                                               Alignment alignment) {
  std::vector<MomentDifference> found;
  for (const Moment& moment : moments_of(a, b, alignment)) {
    MomentDifference difference;
    difference.name = moment.name;
    difference.a_ns = moment.a * a.columns.tick_ns;
    difference.b_ns = moment.b * b.columns.tick_ns;
    std::map<std::string, SiteDifference> sites;
    for (const auto& [name, bytes] : sites_at(a, moment.a, difference.a_bytes)) sites[name].a_bytes = bytes;
    for (const auto& [name, bytes] : sites_at(b, moment.b, difference.b_bytes)) sites[name].b_bytes = bytes;
    for (auto& [name, site] : sites) {
      site.name = name;
      difference.sites.push_back(site);
    }
    sort_stably(difference.sites, [](const SiteDifference& x, const SiteDifference& y) {
      return std::llabs(x.delta()) > std::llabs(y.delta());
    });
    found.push_back(std::move(difference));
  }
  return found;
}

}  // namespace chunkmark::profile
