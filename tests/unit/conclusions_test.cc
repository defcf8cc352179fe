// What is concluded of copies, and what makes a capture suspect: of our own captures, and of other tools' files.
#include "instrument/figures/conclusions.h"

#include "instrument/capture/capture_writer.h"
#include "instrument/figures/inspection.h"
#include "unit/catch.h"

namespace chunkmark::figures {
namespace {

using capture::EventKind;
using Texts = std::vector<std::string>;

constexpr std::uint64_t kArray = 10'000'000;

// A capture of `python3 a.py`; where `format` is set it stands for a file of another tool, without what that does not
// tell. Events are of the function f in a.py, each with its line.
class Run {
 public:
  explicit Run(json::object meta = {}) : meta_(std::move(meta)) {
    meta_["command_line"] = "python3 a.py";
    writer_.emplace([this](ByteView bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); }, meta_);
    writer_->add_process(0, 7, 0, "x");
  }
  Run& event(EventKind kind, std::uint64_t address, std::uint64_t bytes, std::uint32_t line) {
    const std::uint32_t node = writer_->add_node(0, writer_->add_python_frame({"f", "a.py", line}));
    writer_->add_event(0, {kind, 0, node, ++time_, address, bytes});
    return *this;
  }
  Run& allocate(std::uint64_t address, std::uint64_t bytes, std::uint32_t line) {
    return event(EventKind::kAllocate, address, bytes, line);
  }
  Run& free(std::uint64_t address) { return event(EventKind::kFree, address, 0, 0); }
  Run& mark(const char* name) {
    writer_->add_mark(0, {name, 0, ++time_, 0, 0});
    return *this;
  }
  Inspection inspected(std::uint64_t array_bytes = kArray, const json::object& end = {{"duration_ns", 50}}) {
    writer_->finish(end);
    return inspect(profile::CaptureAnalysis({file_, "run"}), array_bytes);
  }

 private:
  json::object meta_;
  std::vector<std::byte> file_;
  std::optional<capture::CaptureWriter> writer_;
  std::uint64_t time_ = 0;
};

json::object of_memray() {
  return {{"origin", {{"format", "memray capture"}, {"unknown", {"pages", "copies", "transfers", "realloc"}}}}};
}

TEST_CASE("extra copies are told with the buffers that are them") {
  Run written;
  written.allocate(16, kArray, 1).mark("begin").allocate(32, kArray * 9 / 10, 2).allocate(48, 5000, 3).mark("end");
  CHECK(written.inspected().conclusions == Texts{"1 extra copy at the heap peak: 9.0 MB in 1 block at f a.py:2"});
  Run read;
  read.mark("begin").allocate(16, kArray, 1).allocate(32, kArray + 40, 2).allocate(48, kArray + 50, 2).mark("end");
  CHECK(read.inspected().conclusions == Texts{"2 extra copies at the heap peak: 20.0 MB in 2 blocks at f a.py:2"});
  Run none;
  none.allocate(16, kArray, 1).mark("begin").allocate(32, 700, 2).mark("end");
  CHECK(
      none.inspected().conclusions ==
      Texts{"no extra copy at the heap peak: the largest buffer beside the array is 700 bytes in 1 block at f a.py:2"});
  CHECK(Run().allocate(16, kArray, 1).inspected(0).conclusions.empty());
}

TEST_CASE("buffers that came one after another are told where the peak shows fewer") {
  Run run;
  run.allocate(16, kArray, 1).mark("begin");
  for (int i = 0; i < 3; ++i) run.allocate(32, kArray, 2).free(32);
  const Texts told = run.mark("end").inspected().conclusions;
  REQUIRE(told.size() == 2);
  CHECK(told[0].starts_with("1 extra copy"));
  CHECK(told[1] ==
        "3 buffers of the array's size were made one after another, 1 of them alive at the heap peak: 3 at f a.py:2");
  // Resized is not made anew, whoever tells it.
  Run grown;
  grown.allocate(16, kArray, 1).mark("begin").allocate(32, kArray, 2);
  grown.event(EventKind::kReallocFree, 32, 0, 3).event(EventKind::kReallocAllocate, 48, kArray * 9 / 10, 3).mark("end");
  CHECK(grown.inspected().conclusions.size() == 1);
  Run memray(of_memray());
  CHECK(memray.allocate(16, kArray, 1)
            .allocate(32, kArray, 2)
            .free(32)
            .allocate(48, kArray * 9 / 10, 3)
            .inspected()
            .conclusions.size() == 1);
}

TEST_CASE("a buffer that doubles by realloc is told, one that grows once is not") {
  for (const bool ours : {true, false}) {
    for (const int steps : {1, 5}) {
      Run run(ours ? json::object() : of_memray());
      std::uint64_t bytes = 1 << 20, address = 16;
      run.allocate(address, bytes, 1);
      for (int i = 0; i < steps; ++i) {
        run.event(ours ? EventKind::kReallocFree : EventKind::kFree, address, 0, 2);
        address += 16;
        bytes *= 2;
        run.event(ours ? EventKind::kReallocAllocate : EventKind::kAllocate, address, bytes, 2);
      }
      const Texts told = run.inspected(0).conclusions;
      CHECK(told == (steps == 1 ? Texts()
                                : Texts{"a buffer grew from 1.0 MB to 33.6 MB by 5 reallocations, each half as large "
                                        "again or more, which move up to 32.5 MB: f a.py:2"}));
    }
  }
}

bool is_suspect(const Inspection& told) {
  for (const std::string& finding : told.findings) {
    if (finding.starts_with("suspect: ")) return true;
  }
  return false;
}

TEST_CASE("an operation that did nothing is suspect") {
  Run idle;
  CHECK(is_suspect(idle.allocate(16, kArray, 1).mark("begin").mark("end").inspected()));
  Run direct;  // no buffer, but the bytes went out
  direct.allocate(16, kArray, 1).mark("begin").event(EventKind::kTransferOut, 0, kArray, 2).mark("end");
  CHECK_FALSE(is_suspect(direct.inspected()));
  Run failed;
  const Texts findings =
      failed.allocate(16, kArray, 1).inspected(0, {{"duration_ns", 50}, {"exit_status", 3}}).findings;
  CHECK(findings == Texts{"the command ended with status 3"});
}

// Modelled on a published report: the array is made in line 70, a store is opened in line 75, and what line 95 should
// write never came.
TEST_CASE("a file without marks is suspect where only one line follows the array's, and nothing large") {
  Run opened(of_memray());
  const Inspection told = opened.allocate(16, kArray, 70).allocate(32, 3000, 75).allocate(64, 9000, 20).inspected();
  REQUIRE(told.findings.size() == 1);
  CHECK(told.findings[0] ==
        "suspect: after f a.py:70 made the array, only line 75 of that function took memory: the operation may never "
        "have run");
  Run stored(of_memray());
  CHECK_FALSE(is_suspect(stored.allocate(16, kArray, 70).allocate(32, 3000, 75).allocate(48, 3000, 95).inspected()));
  Run in_one(of_memray());
  CHECK_FALSE(is_suspect(in_one.allocate(16, kArray, 70).allocate(32, kArray / 2, 75).free(32).inspected()));
}

TEST_CASE("a large mapping whose touched part is not known is told") {
  Run run(of_memray());
  const Inspection told = run.event(EventKind::kMap, 4096, 1 << 30, 5).allocate(16, 5000, 6).inspected(0);
  CHECK(told.findings == Texts{"1.1 GB of the heap peak are mapped by f a.py:5: they count whole, what of them was "
                               "touched is not in this file"});
  Run small(of_memray());
  CHECK(small.event(EventKind::kMap, 4096, 1 << 20, 5).inspected(0).findings.empty());
}

}  // namespace
}  // namespace chunkmark::figures
