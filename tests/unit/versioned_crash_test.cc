// A commit that is stopped anywhere leaves the version before or the new one, whole; an error is reported, and the next
// commit works.
#include "unit/catch.h"
#include "unit/commit_fixture.h"
#include "unit/versioned_fixture.h"

// HDF5 1.10 loses an object header's buffer where a read of it fails. (Only LeakSanitizer asks.)
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier): LeakSanitizer's name
  return "leak:libhdf5_serial";
}

namespace chunkmark::versioned {
namespace {

using bytes::CrashDisk;

// Versions r0 .. r(n-1) of "x", which starts with its number and grows by a chunk each.
void commit_version(CommitFixture& f, int number, bytes::Durability durability) {
  Stage stage = f.writer->stage("r" + std::to_string(number));
  if (number == 0) {
    DatasetOptions options;
    options.type = numpy_type_message("<i4");
    options.shape = {4};
    options.chunk = {4};
    stage.create_dataset("x", options);
    stage.create_dataset("group/y", options).set<std::int32_t>({0}, 5);
  }
  StagedDataset& x = stage.dataset("x");
  const auto rows = 4 * static_cast<std::uint64_t>(number) + 4;
  x.resize({rows});
  x.set<std::int32_t>({0}, number);
  x.set<std::int32_t>({rows - 1}, 1000 + number);
  f.writer->commit(stage, {.time = number + 1, .durability = durability});
}

// The number of versions, all of which are complete; -1 if they are not.
int complete_versions(const std::vector<std::byte>& image) {
  const bytes::MemoryFile file("file", image);
  VersionedFile versions(file);
  const int count = static_cast<int>(versions.versions().size());
  if (!verify(versions).sound()) return -1;
  for (int number = 0; number < count; ++number) {
    const std::string name = "r" + std::to_string(number);
    const std::vector<std::int32_t> x = read_all<std::int32_t>(image, name, "x");
    if (x.size() != 4 * static_cast<std::size_t>(number) + 4 || x.front() != number || x.back() != 1000 + number)
      return -1;
    if (read_all<std::int32_t>(image, name, "group/y") != std::vector<std::int32_t>{5, 0, 0, 0}) return -1;
  }
  if (count > 0 && versions.current_name() != "r" + std::to_string(count - 1)) return -1;
  return count;
}

int recovered_versions(CrashDisk::State state) {
  CrashDisk disk(std::move(state));
  bytes::Journal::recover(disk.file(), disk);
  return complete_versions(disk.now().file);
}

// A disk that was just opened, with that many versions on it.
std::vector<std::byte> file_of(int versions) {
  static std::map<int, std::vector<std::byte>> made;
  if (made.empty()) {
    CommitFixture f;
    f.close();
    made[0] = f.disk.now().file;
  }
  const auto base = std::prev(made.upper_bound(versions));
  if (base->first == versions) return base->second;
  CommitFixture f(base->second);
  for (int number = base->first; number < versions; ++number)
    commit_version(f, number, bytes::Durability::kProcessCrash);
  f.close();
  return made[versions] = f.disk.now().file;
}

// Around the splits of symbol nodes (64 entries), chunk B-trees (64 children) and the tables' growth.
#ifdef CHUNKMARK_SANITIZE  // thirty times slower: fewer of each
const std::vector<int> kCommits = {0, 1, 64};
const int kPowerCuts = 20;
#else
const std::vector<int> kCommits = {0, 1, 2, 30, 31, 32, 62, 63, 64, 65, 66, 96, 97, 126, 127, 128};
const int kPowerCuts = 60;
#endif

TEST_CASE("killed after any write, the file has the old or the new version") {
  for (const int before : kCommits) {
    INFO("commit " << before);
    CommitFixture f(file_of(before));
    const std::size_t opened = f.disk.operations();
    commit_version(f, before, bytes::Durability::kPowerLoss);
    int last = before;
    for (std::size_t n = opened; n <= f.disk.operations(); ++n) {
      const int found = recovered_versions(f.disk.after(n));
      REQUIRE((found == last || found == before + 1));
      last = found;
    }
    REQUIRE(last == before + 1);
  }
}

TEST_CASE("after a power cut, the file has the old or the new version") {
  std::mt19937_64 random(1);
  for (const int before : kCommits) {
    INFO("commit " << before);
    CommitFixture f(file_of(before));
    commit_version(f, before, bytes::Durability::kPowerLoss);
    const std::size_t end = f.disk.operations();
    for (int seed = 0; seed < kPowerCuts; ++seed) {
      const std::size_t n = seed < 10 ? end : random() % (end + 1);
      const int found = recovered_versions(f.disk.after_power_cut(n, random));
      REQUIRE((found == before || found == before + 1));
      if (n == end) REQUIRE(found == before + 1);
    }
  }
}

TEST_CASE("an error at any call is reported, nothing is lost, and the commit can be tried again") {
  for (const int before : {0, 1, 63}) {
    for (const bool sticky : {false, true}) {
      bool finished = false;
      for (std::uint64_t nth = 0; !finished; ++nth) {
        INFO("commit " << before << ", call " << nth << ", sticky " << sticky);
        REQUIRE(nth < 2000);
        CommitFixture f(file_of(before));
        f.disk.fail_at(nth, sticky);
        bool acknowledged = false;
        try {
          commit_version(f, before, bytes::Durability::kPowerLoss);
          acknowledged = true;
        } catch (const Error& error) {
          REQUIRE(std::string(error.what()).find("injected") != std::string::npos);
        }
        finished = f.disk.calls() <= nth;
        f.disk.fail_at(~std::uint64_t{0}, false);
        const int found = recovered_versions(f.disk.now());
        REQUIRE((found == before || found == before + 1));
        if (acknowledged) REQUIRE(found == before + 1);
        if (finished) REQUIRE(acknowledged);
        if (nth % 7 != 0 && !finished) continue;
        f.close();
        f.open();
        if (found == before) commit_version(f, before, bytes::Durability::kPowerLoss);
        commit_version(f, before + 1, bytes::Durability::kPowerLoss);
        f.close();
        REQUIRE(complete_versions(f.disk.now().file) == before + 2);
      }
    }
  }
}

// What the library cannot close it closes again at the process's exit, when the file is no more.
TEST_CASE("an error at any call leaves nothing open in the HDF5 library") {
  const bool latest = GENERATE(false, true), sticky = GENERATE(false, true);
  const std::vector<std::byte> image = small_versioned_file(latest);
  bool finished = false;
  for (std::uint64_t nth = 0; !finished; ++nth) {
    INFO("latest " << latest << ", sticky " << sticky << ", call " << nth);
    REQUIRE(nth < 2000);
    CommitFixture f(image);
    f.disk.fail_at(nth, sticky);
    try {
      Stage stage = f.writer->stage("r3");
      stage.dataset("x").resize({14});
      stage.dataset("x").set<std::int32_t>({13}, 4);
      f.commit(stage);
    } catch (const Error& error) {
      REQUIRE(std::string(error.what()).find("injected") != std::string::npos);
    }
    finished = f.disk.calls() <= nth;
    f.close();
    REQUIRE(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == 0);
    f.disk.fail_at(~std::uint64_t{0}, false);
    f.open();
    REQUIRE(f.findings() == "");
    const std::size_t versions = f.writer->reader().versions().size();
    REQUIRE((finished ? versions == 4 : versions == 3 || versions == 4));
  }
}

}  // namespace
}  // namespace chunkmark::versioned
