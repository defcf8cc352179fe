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

// The columns of the processes that may be the main one. With a lane they are built there; who is a candidate is
// decided before, and what a builder must know of the analysis and of the stacks goes with the events, so that a lane
// changes nothing.
class Candidates {
 public:
  Candidates(std::uint64_t duration_ns, bool in_order, const Coarseness& coarseness, std::unique_ptr<Lane> lane)
      : duration_ns_(duration_ns), in_order_(in_order), coarseness_(coarseness), lane_(std::move(lane)) {}

  void add(const CaptureAnalysis& so_far, const CaptureAnalysis::Heard& heard) {
    parents_.insert(parents_.end(), heard.parents.begin(), heard.parents.end());
    if (dropped_.count(heard.process) != 0) return;
    auto at = candidates_.find(heard.process);
    if (at == candidates_.end()) {
      if (candidates_.size() == kMaxCandidates) drop_lowest();
      at = candidates_
               .try_emplace(heard.process,
                            Candidate{&so_far.analysis(heard.process),
                                      std::make_shared<Building>(heard.process, duration_ns_, coarseness_, in_order_)})
               .first;
    }
    Candidate& candidate = at->second;
    const auto first = parents_.begin() + static_cast<std::ptrdiff_t>(candidate.known_nodes);
    Share share{own_instants(*candidate.analysis, coarseness_.max_own_instants), {first, parents_.end()}};
    candidate.known_nodes = parents_.size();
    if constexpr (kHasLanes) {
      if (lane_) {
        return lane_->run(
            [building = candidate.building, share = std::move(share), heard] { building->add(share, heard.events); });
      }
    }
    candidate.building->add(share, heard.events);
  }

  // Empty if the process was dropped.
  std::optional<Columns> take(std::uint32_t process) {
    if (lane_) lane_->wait();
    if (dropped_.count(process) != 0) return std::nullopt;
    const auto at = candidates_.find(process);
    if (at == candidates_.end()) return ColumnsBuilder(process, duration_ns_, coarseness_).take();  // had no event
    // As much as the analysis has found in the end.
    at->second.building->instants = own_instants(*at->second.analysis, coarseness_.max_own_instants);
    return at->second.building->builder.take();
  }

 private:
  struct Share {
    std::vector<std::uint64_t> instants;
    std::vector<std::uint32_t> parents;
  };
  struct Building {
    std::uint32_t process;
    std::vector<std::uint64_t> instants;
    ColumnsBuilder builder;
    Building(std::uint32_t of, std::uint64_t duration_ns, const Coarseness& coarseness, bool in_order)
        : process(of),
          builder(
              of, duration_ns, coarseness, [this] { return instants; }, in_order) {}
    void add(const Share& share, std::span<const capture::Event> events) {
      instants = share.instants;
      builder.learn(share.parents);
      builder.on_events(process, events);
    }
  };
  struct Candidate {
    const Analysis* analysis;  // of the capture that is being read
    std::shared_ptr<Building> building;
    std::size_t known_nodes = 0;
  };

  void drop_lowest() {
    const auto lowest = std::min_element(candidates_.begin(), candidates_.end(), [](const auto& a, const auto& b) {
      return a.second.analysis->rank() < b.second.analysis->rank();
    });
    dropped_.insert(lowest->first);
    candidates_.erase(lowest);
  }

  std::uint64_t duration_ns_;
  bool in_order_;
  const Coarseness& coarseness_;
  std::vector<std::uint32_t> parents_;  // of all nodes so far
  std::map<std::uint32_t, Candidate> candidates_;
  std::set<std::uint32_t> dropped_;
  std::unique_ptr<Lane> lane_;  // ends before what its work uses
};

}  // namespace

CaptureProfile read_profile(const capture::CaptureFile& file, const Coarseness& coarseness) {
  // The tick and the grid depend on the run's duration, which stands at the file's end.
  // Some sources hold the whole file: this one is gone before the next is opened.
  const auto [duration_ns, in_order] = [&file] {
    const std::unique_ptr<capture::EventSource> source = capture::open(file);
    return std::pair(source->peek_duration(), source->in_order());
  }();
  Candidates candidates(duration_ns, in_order, coarseness,
                        file.lane != nullptr && duration_ns != 0 ? file.lane() : nullptr);
  CaptureAnalysis::Listener listener;
  if (duration_ns != 0) {
    listener = [&candidates](const CaptureAnalysis& so_far, const CaptureAnalysis::Heard& heard) {
      candidates.add(so_far, heard);
    };
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
