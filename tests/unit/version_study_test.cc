// The transaction study on a host that answers from memory: which cases run, what is checked, and what fails.
#include "study/version_study.h"

#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "bytes/pending.h"
#include "study/version_digest.h"
#include "study/version_engines.h"
#include "unit/catch.h"

namespace chunkmark::study {
namespace {

using Words = std::vector<std::string>;

class FakeHost final : public VersionHost {
 public:
  Words calls;
  std::map<std::string, std::string> files;
  std::set<std::string> wrong;  // cases whose versions read as others
  ErrorCode failure = ErrorCode::kIo;
  std::string failing;  // the case

  Origin origin() override {
    return {"versions-1", "native", "1.2.3", {"a cpu", 2, 9, "an os", "g++", {}, {}}, "tmpfs"};
  }
  std::string utc_now() override { return "2026-11-22T10:00:00Z"; }
  void write_file(const std::string& name, std::string_view text) override { files[name] = text; }
  void tell(const Progress& progress) override { last = progress; }

  json::object replay(const VersionCase& version_case) override {
    wait("replay " + version_case.name());
    calls.push_back("replay " + version_case.name());
    if (version_case.name() == failing) throw Error(failure, "it failed");
    std::vector<std::string> digests = expected_digests(version_case);
    if (!version_engine(version_case.engine).versioned) digests = {digests.back()};
    if (wrong.contains(version_case.name())) digests.back() = "0";
    std::vector<double> seconds{10};  // of the first version, which makes the file
    for (std::uint64_t i = 1; i <= version_case.transactions; ++i) seconds.push_back(1e-3 * static_cast<double>(i));
    return {{"seconds", json::value_from(seconds)},
            {"processor", json::value_from(seconds)},
            {"file_bytes", 7},
            {"metadata_bytes", 3},
            {"sha256", json::value_from(digests)},
            {"read_latest_ms", {{"median", 2.0}, {"min", 1.0}, {"max", 3.0}, {"repeat", 5}}}};
  }

  figures::Inspection trace(const VersionCase& version_case, const std::string& capture) override {
    wait("trace " + version_case.name());
    calls.push_back("trace " + std::to_string(version_case.transactions) + " " + capture);
    figures::Inspection told;
    told.window = figures::Window{};
    told.peak_heap_bytes = 100;
    told.heap_at_begin_bytes = 40;
    told.bytes_copied = 30;
    return told;
  }

  Progress last;
  std::set<std::string>* answered = nullptr;  // of a host that answers later: what it was asked before

 private:
  void wait(const std::string& asked) {
    if (answered != nullptr && answered->insert(asked).second) throw bytes::Pending(asked);
  }
};

VersionGrid grid(Words engines) {
  VersionGrid grid;
  grid.workloads = {"small_fraction_changes"};
  grid.compressions = {"none"};
  grid.durabilities = {"none"};
  grid.engines = std::move(engines);
  grid.transactions = {20};
  grid.chunk_sizes = {4096};
  return grid;
}

record::VersionRecord run(FakeHost& host, VersionGrid cells) {
  VersionStudy study(std::move(cells), host);
  while (study.step()) {
  }
  return study.record();
}

bool is_near(double found, double expected) {
  return std::abs(found - expected) < 1e-9;
}

constexpr char kCase[] = "small_fraction_changes-20-4096-none-";

TEST_CASE("a cell's engines replay and are traced one after the other; the last step writes the record") {
  FakeHost host;
  VersionGrid cells = grid({"chunkmark", "hdf5"});
  cells.durabilities = {"none", "power_loss"};  // ours alone has a choice
  cells.traced_transactions = 5;
  const record::VersionRecord record = run(host, cells);
  const std::string name = kCase;
  CHECK(host.calls == Words{"replay " + name + "chunkmark", "trace 5 captures/" + name + "chunkmark.cmk",
                            "replay " + name + "chunkmark-power_loss",
                            "trace 5 captures/" + name + "chunkmark-power_loss.cmk", "replay " + name + "hdf5",
                            "trace 5 captures/" + name + "hdf5.cmk"});
  CHECK((host.last.done == 3 && host.last.total == 3));
  REQUIRE(record.results.size() == 3);
  const record::VersionRow& row = record.results[0];
  CHECK((row.engine_version == "1.2.3" && row.file_bytes == 7 && row.metadata_bytes == 3 && !row.padding_bytes));
  CHECK(row.per_version_ms.size() == 20);
  CHECK(is_near(row.mean_ms, 10.5));
  CHECK(is_near(row.first_decile_ms, 1.5));
  CHECK(is_near(row.last_decile_ms, 19.5));
  CHECK(is_near(row.creation_seconds, 10.21));
  CHECK((row.peak_heap_bytes == 60 && row.traced_transactions == 5));
  CHECK((row.bytes_moved->user == 6 && !row.bytes_moved->out));
  const json::object kept = record::read_run(host.files.at("run.json"), "run.json");
  CHECK(kept == parse_json(json::serialize(to_json(record)), "record").as_object());
  CHECK(kept.at("published").as_array().size() == 10);
}

TEST_CASE("where answers come later, a step of the study of versions is made again until they are there") {
  FakeHost host, later;
  std::set<std::string> answered;
  later.answered = &answered;
  VersionGrid cells = grid({"chunkmark", "hdf5"});
  cells.traced_transactions = 5;
  for (FakeHost* each : {&host, &later}) each->failing = std::string(kCase) + "hdf5";
  const record::VersionRecord record = run(host, cells);
  VersionStudy study(cells, later);
  std::size_t waits = 0;
  for (bool more = true; more;) {
    try {
      more = study.step();
    } catch (const bytes::Pending&) {
      ++waits;
    }
  }
  CHECK(to_json(study.record()) == to_json(record));
  CHECK((waits == 3 && later.last.done == 2 && record.failures.size() == 1));
}

TEST_CASE("versions that read as others are a failure, of that engine alone") {
  FakeHost host;
  host.wrong = {std::string(kCase) + "chunkmark"};
  const record::VersionRecord record = run(host, grid({"chunkmark", "hdf5"}));
  REQUIRE(record.results.size() == 1);
  CHECK(record.results[0].engine == "hdf5");
  REQUIRE(record.failures.size() == 1);
  CHECK(record.failures[0].case_name == std::string(kCase) + "chunkmark");
  CHECK(record.failures[0].message.starts_with("chunkmark: version r20 reads as other arrays than were written"));
}

TEST_CASE("an engine without a compression is left out, or fails where it was asked for by name") {
  for (const bool skip : {true, false}) {
    FakeHost host;
    VersionGrid cells = grid({"chunkmark", "hdf5"});
    cells.compressions = {"lzf"};
    cells.skip_lacking = skip;
    const record::VersionRecord record = run(host, cells);
    CHECK(record.results.size() == 1);
    CHECK(record.failures.size() == (skip ? 0 : 1));
  }
}

TEST_CASE("an interrupt ends the study, and nothing is written") {
  FakeHost host;
  host.failing = std::string(kCase) + "chunkmark";
  host.failure = ErrorCode::kCancelled;
  VersionStudy study(grid({"chunkmark", "hdf5"}), host);
  CHECK_THROWS_WITH(study.step(), "it failed");
  CHECK_FALSE(study.step());
  CHECK(host.files.empty());
}

TEST_CASE("an engine that always does more than what is asked for takes part, and its row says so") {
  for (const bool both : {false, true}) {
    FakeHost host;
    VersionGrid cells = grid({"chunkmark", "arcticdb", "hdf5"});
    if (both) cells.durabilities = {"none", "power_loss"};
    const record::VersionRecord record = run(host, cells);
    Words rows;
    for (const record::VersionRow& row : record.results) rows.push_back(row.engine + " " + row.durability);
    const Words own = both ? Words{"chunkmark none", "chunkmark power_loss"} : Words{"chunkmark none"};
    Words expected = own;
    expected.insert(expected.end(), {"arcticdb power_loss", "hdf5 none"});
    CHECK(rows == expected);
  }
}

TEST_CASE("a grid of nothing is refused") {
  FakeHost host;
  VersionGrid cells = grid({"hdf5"});
  cells.durabilities = {"power_loss"};
  CHECK_THROWS_AS(VersionStudy(cells, host), Error);
}

}  // namespace
}  // namespace chunkmark::study
