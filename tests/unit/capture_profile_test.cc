// Figures and columns of one pass are those of one pass for each.
#include "instrument/profile/capture_profile.h"

#include <random>

#include "instrument/capture/capture_writer.h"
#include "unit/catch.h"
#ifndef __EMSCRIPTEN__
#include "native/os/thread_lane.h"
#endif

namespace chunkmark::profile {
namespace {

using capture::EventKind;

constexpr Coarseness kSmall{100, 8, 6};

bool same_moves(const Moves& a, const Moves& b) {
  return a.t == b.t && a.bytes == b.bytes && a.calls == b.calls && a.stack == b.stack && a.thread == b.thread;
}

bool same(const Columns& a, const Columns& b) {
  const Intervals &x = a.intervals, &y = b.intervals;
  return a.tick_ns == b.tick_ns && a.end_ticks == b.end_ticks && a.threads == b.threads && x.t0 == y.t0 &&
         x.t1 == y.t1 && x.bytes == y.bytes && x.blocks == y.blocks && x.stack == y.stack && x.thread == y.thread &&
         same_moves(a.copies, b.copies) && same_moves(a.transfers, b.transfers);
}

// The same columns of a pass that knows every instant beforehand.
Columns columns_known_beforehand(const capture::CaptureFile& file, const CaptureAnalysis& analysis) {
  const Totals& totals = analysis.main().totals();
  std::vector<std::uint64_t> exact{totals.peak_time_ns, totals.begin_ns, totals.end_ns};
  for (const capture::Mark& mark : analysis.main().marks()) {
    if (exact.size() < kSmall.max_own_instants) exact.push_back(mark.time_ns);
  }
  return read_columns(file, analysis.main_process(), analysis.duration_ns(), kSmall, [&] { return exact; });
}

// Some milliseconds of blocks that come and go, in sections of 500 events.
class Run {
 public:
  explicit Run(unsigned seed) : random_(seed) {}

  std::uint32_t add_process() {
    writer_.add_process(processes_, 100 + processes_, 0, "x");
    return processes_++;
  }
  void live(std::uint32_t process, int events, std::uint32_t max_bytes) {
    for (int i = 0; i < events; ++i) {
      time_ += below(20'000);
      const std::uint64_t late = time_ - std::min<std::uint64_t>(time_, below(1000));
      const std::uint64_t address = 16 * (1 + below(60));
      const std::uint32_t thread = below(2), node = nodes_[below(3)];
      switch (below(6)) {
        case 0:
          writer_.add_event(process, {capture::EventKind::kCopy, thread, node, late, 0, 5000});
          break;
        case 1:
          writer_.add_event(process, {capture::EventKind::kTransferIn, thread, node, late, 0, 100});
          break;
        case 2:
        case 3:
          writer_.add_event(process, {capture::EventKind::kFree, thread, node, late, address, 0});
          break;
        default:
          writer_.add_event(process,
                            {capture::EventKind::kAllocate, thread, node, late, address, 1 + below(max_bytes)});
      }
      if (i % 500 == 499) writer_.flush();
    }
  }
  void mark(std::uint32_t process, const char* name) { writer_.add_mark(process, {name, 0, ++time_, 0, 0}); }
  capture::CaptureFile end() {
    writer_.finish({{"duration_ns", time_ + 1}});
    return {file_, "run"};
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  std::vector<std::byte> file_;
  capture::CaptureWriter writer_{[this](ByteView bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); }, {}};
  std::uint32_t nodes_[3] = {writer_.add_node(0, writer_.add_python_frame({"f", "a.py", 1})),
                             writer_.add_node(0, writer_.add_python_frame({"g", "a.py", 2})),
                             writer_.add_node(0, writer_.add_python_frame({"h", "a.py", 3}))};
  std::mt19937 random_;
  std::uint32_t processes_ = 0;
  std::uint64_t time_ = 0;
};

void check_one_pass(const capture::CaptureFile& file, std::uint32_t main) {
  const CaptureProfile profile = read_profile(file, kSmall);
#ifndef __EMSCRIPTEN__
  capture::CaptureFile beside = file;
  beside.lane = []() -> std::unique_ptr<Lane> { return std::make_unique<os::ThreadLane>(); };
  CHECK(same(read_profile(beside, kSmall).columns, profile.columns));
#endif
  CHECK(profile.analysis.main_process() == main);
  CHECK(same(profile.columns, columns_known_beforehand(file, CaptureAnalysis(file))));
  // Merged, and exact at the peak all the same.
  CHECK(profile.columns.intervals.rows() < 1000);
  const Columns exact = read_columns(file, main, profile.analysis.duration_ns());
  CHECK(exact.intervals.rows() > 1000);
  const std::uint32_t peak = exact.ticks(profile.analysis.main().totals().peak_time_ns);
  const auto alive = [peak](const Columns& columns) {
    std::uint64_t bytes = 0;
    for (std::size_t row = 0; row < columns.intervals.rows(); ++row) {
      if (columns.intervals.t0[row] <= peak && columns.intervals.t1[row] > peak) bytes += columns.intervals.bytes[row];
    }
    return bytes;
  };
  CHECK(alive(profile.columns) == alive(exact));
}

TEST_CASE("a long run whose peak moves, with and without a window") {
  for (unsigned seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    Run run(seed);
    run.add_process();
    run.live(0, 3000, 1000);
    if (seed % 2 == 0) run.mark(0, "begin");
    for (std::uint32_t bytes : {500u, 2000u, 1000u, 4000u}) run.live(0, 2000, bytes);
    if (seed % 4 == 0) run.mark(0, "end");
    for (int i = 0; i < 10; ++i) run.mark(0, "round");
    run.live(0, 2000, 9000);
    check_one_pass(run.end(), 0);
  }
}

TEST_CASE("the process that turns out to be the main one, first or last, with others beside or dropped for many") {
  for (const std::uint32_t processes : {2u, 8u, 9u, 30u}) {
    for (const std::uint32_t main : {0u, processes - 1}) {
      CAPTURE(processes, main);
      Run run(processes);
      for (std::uint32_t process = 0; process < processes; ++process) {
        run.add_process();
        run.live(process, 1000, process + 1);  // the first has the lowest rank
      }
      run.mark(main, "begin");
      run.live(main, 3000, 100);
      check_one_pass(run.end(), main);
    }
  }
}

TEST_CASE("a capture that is cut has its columns as well") {
  Run run(1);
  run.add_process();
  run.live(0, 9000, 1000);
  const capture::CaptureFile whole = run.end();
  for (const std::size_t part : {9u, 10u}) {
    const capture::CaptureFile cut{whole.bytes.first(whole.bytes.size() * part / 10 - 1), "cut"};
    CHECK((capture::open(cut)->peek_duration() == 0));
    check_one_pass(cut, 0);
  }
  CHECK(capture::open(whole)->peek_duration() > 0);
}

TEST_CASE("a damaged section before the last leaves what stands before it") {
  Run run(2);
  run.add_process();
  run.live(0, 9000, 1000);
  const capture::CaptureFile whole = run.end();
  std::vector<std::byte> bytes(whole.bytes.begin(), whole.bytes.end());
  bytes[bytes.size() * 3 / 4] ^= std::byte{0x55};
  check_one_pass({bytes, "damaged"}, 0);
}

}  // namespace
}  // namespace chunkmark::profile
