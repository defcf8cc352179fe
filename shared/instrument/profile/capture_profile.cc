#include "instrument/profile/capture_profile.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "instrument/profile/thin_columns.h"

namespace chunkmark::profile {
namespace {

// Which process is the main one is known at the end. Until then the columns of several are built, which bounds what a
// build of thousands of processes takes; the one with the lowest rank makes room for a new one.
constexpr std::size_t kMaxCandidates = 8;

std::vector<std::uint64_t> own_instants(const Analysis& analysis, std::size_t max_instants) {
  const Totals& totals = analysis.totals();
  std::vector<std::uint64_t> instants{totals.peak_time_ns, totals.begin_ns, totals.end_ns};
  for (const capture::Mark& mark : analysis.marks()) {
    if (instants.size() >= max_instants) break;
    instants.push_back(mark.time_ns);
  }
  return instants;
}

// Borrows the analyses that it is told of, until take().
class Candidates {
 public:
  Candidates(std::uint64_t duration_ns, const Coarseness& coarseness)
      : duration_ns_(duration_ns), coarseness_(coarseness) {}

  void add(std::uint32_t process, const CaptureAnalysis& so_far, std::span<const capture::Event> events) {
    if (dropped_.count(process) != 0) return;
    auto at = candidates_.find(process);
    if (at == candidates_.end()) {
      if (candidates_.size() == kMaxCandidates) drop_lowest();
      at = candidates_.try_emplace(process, process, duration_ns_, coarseness_, so_far).first;
    }
    at->second.builder.on_events(process, events);
  }

  // Empty if the process was dropped.
  std::optional<Columns> take(std::uint32_t process) {
    if (dropped_.count(process) != 0) return std::nullopt;
    const auto at = candidates_.find(process);
    if (at == candidates_.end()) return ColumnsBuilder(process, duration_ns_, coarseness_).take();  // had no event
    return at->second.builder.take();
  }

 private:
  struct Candidate {
    const Analysis& analysis;
    ColumnsBuilder builder;
    Candidate(std::uint32_t process, std::uint64_t duration_ns, const Coarseness& coarseness,
              const CaptureAnalysis& so_far)
        : analysis(so_far.analysis(process)),
          builder(
              process, duration_ns, coarseness,
              [this, max = coarseness.max_own_instants] { return own_instants(analysis, max); }, &so_far.reader()) {}
  };

  void drop_lowest() {
    const auto lowest = std::min_element(candidates_.begin(), candidates_.end(), [](const auto& a, const auto& b) {
      return a.second.analysis.rank() < b.second.analysis.rank();
    });
    dropped_.insert(lowest->first);
    candidates_.erase(lowest);
  }

  std::uint64_t duration_ns_;
  const Coarseness& coarseness_;
  std::map<std::uint32_t, Candidate> candidates_;
  std::set<std::uint32_t> dropped_;
};

}  // namespace

CaptureProfile read_profile(const capture::CaptureFile& file, const Coarseness& coarseness) {
  // The tick and the grid depend on the run's duration, which stands at the file's end.
  const std::uint64_t duration_ns = capture::open(file)->peek_duration();
  Candidates candidates(duration_ns, coarseness);
  CaptureAnalysis::Listener listener;
  if (duration_ns != 0) {
    listener = [&candidates](std::uint32_t process, const CaptureAnalysis& so_far,
                             std::span<const capture::Event> events) { candidates.add(process, so_far, events); };
  }
  CaptureAnalysis analysis(file, listener);
  std::optional<Columns> columns;
  if (duration_ns != 0 && analysis.duration_ns() == duration_ns) columns = candidates.take(analysis.main_process());
  if (!columns) {
    columns =
        read_columns(file, analysis.main_process(), analysis.duration_ns(), coarseness,
                     [&analysis, max = coarseness.max_own_instants] { return own_instants(analysis.main(), max); });
  }
  fold_stacks(*columns, analysis.reader().stacks(), coarseness.max_stacks, coarseness.max_rows);
  return {std::move(analysis), std::move(*columns)};
}

}  // namespace chunkmark::profile
