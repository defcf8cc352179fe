// The study on a host that answers from memory: which cases run in which order, what fails, and where it ends.
#include "study/study.h"

#include <map>
#include <set>

#include "base/error.h"
#include "bytes/pending.h"
#include "unit/catch.h"

namespace chunkmark::study {
namespace {

using Words = std::vector<std::string>;

class FakeHost final : public CopyHost {
 public:
  Words calls;
  std::map<std::string, Error> failures;  // by the call
  double extra_heap = 0;                  // in arrays, of every size
  std::map<std::string, std::string> files;
  std::size_t last_done = 0, last_total = 0;
  std::string untraced;        // an engine that no tracer sees
  bool answers_later = false;  // each call the second time it is made

  Origin origin() override { return {"copies-1", "native", "1.2.3", {"a cpu", 2, 9, "an os", "g++", {}, {}}, "tmpfs"}; }
  std::string utc_now() override { return "2026-11-22T10:00:00Z"; }
  void store(const CopyCase& copy_case) override { call("store", copy_case); }
  TracedCase trace(const CopyCase& copy_case, const std::string& capture) override {
    call(capture.empty() ? "size" : "trace", copy_case);
    TracedCase traced;
    traced.figures.array_seen = true;
    traced.figures.array_bytes = copy_case.array_bytes();
    traced.figures.extra_heap = extra_heap;
    traced.figures.extra_copies = traced.figures.file_growth_bytes = 0;
    traced.figures.moved_user = 0;
    if (copy_case.engine == untraced) traced.memory_by = "its account";
    traced.stored_bytes = 7;
    return traced;
  }
  std::unique_ptr<TimedCase> time(const CopyCase& copy_case) override {
    call("start", copy_case);
    return std::make_unique<FakeTimed>(*this, copy_case);
  }
  void write_report(const record::CopyRow& row) override { calls.push_back("report " + row.name()); }
  void write_file(const std::string& name, std::string_view text) override { files[name] = text; }
  void tell(const Progress& progress) override {
    last_done = progress.done;
    last_total = progress.total;
  }

 private:
  class FakeTimed final : public TimedCase {
   public:
    FakeTimed(FakeHost& host, CopyCase copy_case) : host_(host), copy_case_(std::move(copy_case)) {}
    CallTime call() override {
      host_.call("call", copy_case_);
      CallTime time{++calls_ * 1.0, calls_ * 2.0, {}, {}};
      if (copy_case_.engine != "chunkmark") time.libraries = {{"engine", "9.9"}, {"beneath", "8.8"}};
      return time;
    }

   private:
    FakeHost& host_;
    CopyCase copy_case_;
    int calls_ = 0;
  };

  void call(const std::string& what, const CopyCase& copy_case) {
    const std::string size = copy_case.array_bytes() == CopyCase().array_bytes() ? "" : " of 400 MB";
    const std::string asked = what + " " + copy_case.name() + size;
    if (answers_later && waiting_.erase(asked) == 0) {
      waiting_.insert(asked);
      throw bytes::Pending(asked);
    }
    calls.push_back(asked);
    if (const auto failure = failures.find(calls.back()); failure != failures.end()) throw Error(failure->second);
  }

  std::set<std::string> waiting_;
};

CopyGrid grid(Words operations, Words engines) {
  return {{"zarr3"}, {"none"}, std::move(operations), std::move(engines), {}};
}

record::RunRecord run(FakeHost& host, CopyGrid cells, StudyOptions options) {
  Study study(std::move(cells), std::move(options), host);
  while (study.step()) {
  }
  return study.record();
}

StudyOptions rounds(unsigned repeat, bool slope = false) {
  return {repeat, 2, "none", slope};
}

TEST_CASE("a cell's engines are traced, timed in turn and reported before the next cell; a read follows its write") {
  FakeHost host;
  const record::RunRecord record = run(host, grid({"write", "read"}, {"zarrs", "chunkmark"}), rounds(1));
  Words expected;
  for (const std::string operation : {"write", "read"}) {
    const std::string zarrs = operation + "-local-zarr3-none-zarrs", ours = operation + "-local-zarr3-none-chunkmark";
    for (const std::string& call :
         {"trace " + zarrs, "trace " + ours, "start " + zarrs, "start " + ours, "call " + zarrs, "call " + ours,
          "call " + ours, "call " + zarrs, "report " + zarrs, "report " + ours}) {
      expected.push_back(call);
    }
  }
  CHECK(host.calls == expected);
  CHECK((host.last_done == 4 && host.last_total == 4));
  REQUIRE(record.results.size() == 4);
  const record::CopyRow& zarrs = record.results[0];
  CHECK((zarrs.operation == "write" && zarrs.engine == "zarrs"));
  CHECK(zarrs.engine_version == "9.9");
  CHECK(zarrs.libraries.size() == 2);
  CHECK(record.results[1].engine_version == "1.2.3");
  REQUIRE(zarrs.seconds.has_value());
  CHECK((zarrs.seconds->repeat == 1 && zarrs.seconds->median == 2 && zarrs.seconds->processor == 4));
  CHECK((zarrs.stored_bytes == 7 && zarrs.threads == 2 && zarrs.store_filesystem == "tmpfs"));
  CHECK(zarrs.capture == "captures/write-local-zarr3-none-zarrs.cmk");
}

TEST_CASE("where answers come later, a step is made again until they are there, and the record is the same") {
  FakeHost host, later;
  later.answers_later = true;
  for (FakeHost* each : {&host, &later}) {
    each->failures.insert({"trace write-local-zarr3-none-zarrs", Error(ErrorCode::kIo, "no room")});
  }
  const record::RunRecord record = run(host, grid({"write", "read"}, {"zarrs", "chunkmark"}), rounds(2));

  Study study(grid({"write", "read"}, {"zarrs", "chunkmark"}), rounds(2), later);
  std::size_t waits = 0;
  for (bool more = true; more;) {
    try {
      more = study.step();
    } catch (const bytes::Pending&) {
      ++waits;
    }
  }
  CHECK(later.calls == host.calls);
  CHECK(to_json(study.record()) == to_json(record));
  CHECK((later.last_done == host.last_done && waits > 6));
}

TEST_CASE("the last step writes the record, which fits its schema") {
  FakeHost host;
  const record::RunRecord record = run(host, grid({"write"}, {"chunkmark"}), rounds(0));
  REQUIRE(host.files.size() == 1);
  const json::object kept = record::read_run(host.files.at("run.json"), "run.json");
  CHECK(kept == parse_json(json::serialize(to_json(record)), "record").as_object());
  CHECK(kept.at("id") == "copies-1");
  CHECK(kept.at("created") == "2026-11-22T10:00:00Z");
  CHECK(kept.at("settings").at("store_filesystem") == "tmpfs");
  CHECK(kept.at("results").at(0).at("seconds").is_null());  // one round warms up
  CHECK(kept.at("results").at(0).at("slope").is_null());
}

TEST_CASE("an engine that no tracer sees has no capture, and its row says how memory was found") {
  FakeHost host;
  host.untraced = "zarrs";
  const auto results = run(host, grid({"write"}, {"zarrs", "chunkmark"}), rounds(0)).results;
  REQUIRE(results.size() == 2);
  CHECK(results[0].memory_by == "its account");
  CHECK(results[0].capture.empty());
  CHECK(results[1].memory_by.empty());
  CHECK(results[1].capture == "captures/write-local-zarr3-none-chunkmark.cmk");
}

TEST_CASE("only what was asked for is kept; the write of a read is stored all the same, in both sizes of a slope") {
  FakeHost host;
  host.extra_heap = 0.5;
  const record::RunRecord record = run(host, grid({"read"}, {"chunkmark"}), rounds(0, true));
  const std::string write = " write-local-zarr3-none-chunkmark", read = " read-local-zarr3-none-chunkmark";
  CHECK(host.calls == Words{"store" + write, "store" + write + " of 400 MB", "trace" + read,
                            "size" + read + " of 400 MB", "start" + read, "call" + read, "report" + read});
  REQUIRE(record.results.size() == 1);
  CHECK(record.results[0].slope == 0.5);
  CHECK(record.results[0].zero == false);
}

TEST_CASE("formats and codecs are gone through in their order, without those that an engine does not have") {
  FakeHost host;
  CopyGrid cells = grid({"write"}, {"zarr-python-2", "icechunk"});
  cells.formats = {"zarr2", "zarr3"};
  cells.codecs = {"none", "blosc"};
  const record::RunRecord record = run(host, cells, rounds(0));
  Words names;
  for (const record::CopyRow& row : record.results) names.push_back(row.name());
  CHECK(names == Words{"write-local-zarr2-none-zarr-python-2", "write-local-zarr2-blosc-zarr-python-2",
                       "write-local-zarr3-none-icechunk", "write-local-zarr3-blosc-icechunk"});
  CHECK((host.last_done == 8 && host.last_total == 8));
}

TEST_CASE("an engine whose write fails is kept with its words and not asked to read; the others go on") {
  FakeHost host;
  host.failures.emplace("trace write-local-zarr3-none-zarrs", Error(ErrorCode::kIo, "no room"));
  CopyGrid cells = grid({"write", "read"}, {"zarrs", "chunkmark"});
  cells.codecs = {"none", "blosc"};
  const record::RunRecord record = run(host, cells, rounds(0));
  REQUIRE(record.failures.size() == 1);
  CHECK(record.failures[0].case_name == "write-local-zarr3-none-zarrs");
  CHECK(record.failures[0].message == "no room");
  CHECK(record.results.size() == 2 * 1 + 2 * 2);  // with blosc both
  for (const std::string& call : host.calls) CHECK(call.find(" read-local-zarr3-none-zarrs") == std::string::npos);
}

TEST_CASE("an engine that fails while it is timed keeps its figures and no seconds, and is not asked again") {
  for (const char* when : {"start", "call"}) {
    CAPTURE(when);
    FakeHost host;
    const std::string failing = std::string(when) + " write-local-zarr3-none-zarrs";
    host.failures.emplace(failing, Error(ErrorCode::kIo, "gone"));
    const record::RunRecord record = run(host, grid({"write"}, {"zarrs", "chunkmark"}), rounds(2));
    REQUIRE(record.results.size() == 2);
    CHECK_FALSE(record.results[0].seconds.has_value());
    CHECK(record.results[1].seconds->repeat == 2);
    CHECK(record.failures.size() == 1);
    CHECK(std::count(host.calls.begin(), host.calls.end(), failing) == 1);
  }
}

TEST_CASE("a cancel, by the caller or by the host, ends the study where it is and writes nothing") {
  FakeHost host;
  Study study(grid({"write"}, {"zarrs", "chunkmark"}), rounds(1), host);
  CHECK(study.step());
  study.cancel();
  CHECK_FALSE(study.step());
  CHECK(host.calls.size() == 1);
  for (const char* call : {"trace", "start", "call"}) {
    CAPTURE(call);
    FakeHost interrupted;
    const std::string last = std::string(call) + " write-local-zarr3-none-chunkmark";
    interrupted.failures.emplace(last, Error(ErrorCode::kCancelled, "interrupted"));
    Study other(grid({"write"}, {"chunkmark"}), rounds(1), interrupted);
    CHECK_THROWS_AS(
        [&] {
          while (other.step()) {
          }
        }(),
        Error);
    CHECK_FALSE(other.step());
    CHECK(interrupted.calls.back() == last);
    CHECK(interrupted.files.empty());
  }
}

TEST_CASE("a study of nothing that an engine has writes a record without results") {
  FakeHost host;
  const record::RunRecord record = run(host, grid({"write"}, {"zarr-python-2"}), rounds(1));
  CHECK(record.results.empty());
  CHECK(host.calls.empty());
  CHECK(host.files.contains("run.json"));
}

}  // namespace
}  // namespace chunkmark::study
