// Commits without the HDF5 library: what they make is the library's own format, and what they do not know is left to
// it.
#include <algorithm>
#include <random>

#include "bytes/memory_file.h"
#include "storage/hdf5_library/handle.h"
#include "storage/hdf5_library/hdf5_driver.h"
#include "storage/versioned/new_file.h"
#include "unit/catch.h"
#include "unit/commit_fixture.h"

namespace chunkmark::versioned {
namespace {

using hdf5_library::Handle;

constexpr bytes::Durability kDurability = bytes::Durability::kProcessCrash;

// A file in memory with writers that have no HDF5 library, or (`with_library`) one to fall back to.
struct Committed {
  explicit Committed(bool with_library = false, std::vector<std::byte> image = versioned::new_versioned_file(0))
      : disk({std::move(image), std::nullopt}), journal(disk.file(), disk) {
    if (with_library) library.emplace(journal);
    engine.emplace(journal, library ? &*library : nullptr);
    writer.emplace(journal, *engine);
  }

  // One more version: `path` (made if it is not there) gets this element, and grows by a chunk.
  void commit(const std::string& version, const std::string& path, std::int32_t value) {
    Stage stage = writer->stage(version);
    if (path == "x/below") stage.remove("x");  // no dataset is in another
    const std::vector<std::string> there = stage.datasets();
    if (std::find(there.begin(), there.end(), path) == there.end()) {
      DatasetOptions options;
      options.type = numpy_type_message("<i4");
      options.shape = {2};
      options.chunk = {2};
      stage.create_dataset(path, options);
    }
    stage.dataset(path).set<std::int32_t>({0}, value);
    writer->commit(stage, {.time = value, .durability = kDurability});
  }

  std::string findings() const {
    const bytes::MemoryFile file("file", disk.now().file);
    VersionedFile versions(file);
    std::string text;
    for (const Finding& finding : verify(versions).findings) {
      if (finding.severity != Severity::kNotice) text += finding.code + " " + finding.message + "\n";
    }
    return text;
  }

  bytes::CrashDisk disk;
  bytes::Journal journal;
  std::optional<hdf5_library::LibraryEngine> library;
  std::optional<PatchEngine> engine;
  std::optional<Writer> writer;
};

std::int32_t first_element(const std::vector<std::byte>& image, const std::string& version, const std::string& path) {
  return read_all<std::int32_t>(image, version, path).at(0);
}

herr_t add_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->push_back(name);
  return 0;
}

// The versions as the library lists them; it then removes some and adds others.
std::vector<std::string> names_in_library(std::vector<std::byte>& image, const std::vector<std::string>& removed = {},
                                          const std::vector<std::string>& added = {}) {
  bytes::MemoryFile file("file", image);
  std::vector<std::string> names;
  {
    hdf5_library::Hdf5Driver driver(file);
    const Handle id(driver.check(H5Fopen("file", H5F_ACC_RDWR, driver.access()), "open"), H5Fclose);
    const Handle group(driver.check(H5Gopen2(id, "/_version_data/versions", H5P_DEFAULT), "versions"), H5Gclose);
    driver.check(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_name, &names), "list");
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Handle version(driver.check(H5Gopen2(group, names[i].c_str(), H5P_DEFAULT), names[i]), H5Gclose);
      H5O_info_t info;
#if H5_VERSION_GE(1, 12, 0)
      driver.check(H5Oget_info3(version, &info, H5O_INFO_BASIC), names[i]);
#else
      driver.check(H5Oget_info2(version, &info, H5O_INFO_BASIC), names[i]);
#endif
      CHECK(info.rc == 1);
    }
    for (const std::string& name : removed) driver.check(H5Ldelete(group, name.c_str(), H5P_DEFAULT), name);
    for (const std::string& name : added) {
      const Handle made(driver.check(H5Gcreate2(group, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), name),
                        H5Gclose);
    }
    driver.check(H5Fflush(id, H5F_SCOPE_LOCAL), "flush");
  }
  image = file.bytes();
  return names;
}

TEST_CASE("a new file has one empty version, to the library too") {
  std::vector<std::byte> image = new_versioned_file(1'000'000);
  CHECK(image.size() == 3 * 4096);  // groups, and two heaps: the name of the current version has its own
  {
    const bytes::MemoryFile file("file", image);
    VersionedFile versions(file);
    CHECK(versions.versions().empty());
    CHECK(verify(versions).findings.empty());
  }
  CHECK(names_in_library(image, {}, {"made by it"}) == std::vector<std::string>{"__first_version__"});
  CHECK(names_in_library(image) == std::vector<std::string>{"__first_version__", "made by it"});
}

// Names in an order of their own split symbol nodes and tree nodes in the middle; a chunk for each version splits the
// chunk tree at its end, and a name of 200 bytes makes the heap grow.
TEST_CASE("versions of any names are where the HDF5 library looks for them") {
  Committed f;
  constexpr int kVersions = 700;
  std::vector<std::string> names;
  names.reserve(kVersions);
  for (int i = 0; i < kVersions; ++i)
    names.push_back((i % 3 == 0   ? "r"
                     : i % 3 == 1 ? "A"
                                  : "_") +
                    std::string(i % 50 == 0 ? 200 : i % 5, 'x') + std::to_string(i));
  std::mt19937 random(7);
  std::shuffle(names.begin(), names.end(), random);
  for (int i = 0; i < kVersions; ++i) f.commit(names[static_cast<std::size_t>(i)], "x", i + 1);
  CHECK(f.findings() == "");

  std::vector<std::byte> image = f.disk.now().file;
  for (int i = 0; i < kVersions; i += 37) CHECK(first_element(image, names[static_cast<std::size_t>(i)], "x") == i + 1);
  std::vector<std::string> sorted = names;
  sorted.emplace_back(kFirstVersion);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> removed(names.begin(), names.begin() + kVersions / 3), added;
  for (int i = 0; i < 100; ++i) added.push_back("m" + std::to_string(i * 37 % 100));
  CHECK(names_in_library(image, removed, added) == sorted);

  // What the library has changed meanwhile is gone on from.
  Committed next(false, image);
  std::vector<std::string> left(names.begin() + kVersions / 3, names.end());
  left.emplace_back(kFirstVersion);
  left.insert(left.end(), added.begin(), added.end());
  for (int i = 0; i < 100; ++i) {
    left.push_back("n" + std::to_string(i * 37 % 100));
    next.commit(left.back(), "x", 10000 + i);
  }
  image = next.disk.now().file;
  CHECK(first_element(image, "n37", "x") == 10001);
  std::sort(left.begin(), left.end());
  CHECK(names_in_library(image) == left);
}

TEST_CASE("new datasets, in groups too, need no library") {
  Committed f;
  f.commit("r1", "x", 1);
  f.commit("r2", "group/deep/y", 2);
  f.commit("r3", "group/z", 3);
  f.commit("r4", "group/deep/w", 4);
  CHECK(f.findings() == "");
  CHECK(first_element(f.disk.now().file, "r4", "group/deep/y") == 2);
  CHECK(first_element(f.disk.now().file, "r4", "group/z") == 3);
  CHECK(first_element(f.disk.now().file, "r4", "group/deep/w") == 4);
}

TEST_CASE("what is not understood is the library's, or an error without one") {
  struct Row {
    const char* what;
    const char* version;
    const char* path;
    bool lasts;  // later commits are the library's as well
  };
  const Row rows[] = {
      {"a name that is not ASCII", "r\xc3\xa4", "x", true},
      {"a dataset in the group of another", "r2", "x/below", false},
      {"a dataset's path that is not ASCII", "r2", "\xc3\xa4", false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    Committed without, with(true);
    for (Committed* f : {&without, &with}) f->commit("r1", "x", 1);
    const std::vector<std::byte> before = without.disk.now().file;
    CHECK_THROWS_AS(without.commit(row.version, row.path, 2), Error);
    CHECK((without.disk.now().file == before));
    without.commit("r3", "x", 3);  // it goes on
    CHECK(without.findings() == "");

    with.commit(row.version, row.path, 2);
    CHECK(with.engine->falls_back() == row.lasts);
    const std::string path = row.lasts ? "x" : row.path;
    with.commit("r3", path, 3);
    CHECK(with.findings() == "");
    CHECK(first_element(with.disk.now().file, row.version, row.path) == 2);
    CHECK(first_element(with.disk.now().file, "r3", path) == 3);
  }
}

// Whatever byte of the structures is another one: an error, or a commit; nothing hangs or reads what is not there.
TEST_CASE("damaged structures end in an error") {
  Committed f;
  for (int i = 0; i < 40; ++i) f.commit("r" + std::to_string(i), "x", i + 1);
  const std::vector<std::byte> image = f.disk.now().file;
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> damaged = image;
    // The file's first groups lie at its start; what grows, in all of it.
    const std::size_t at = random() % (round % 2 == 0 ? std::min<std::size_t>(4096, image.size()) : image.size());
    damaged[at] = static_cast<std::byte>(random());
    try {
      Committed again(false, std::move(damaged));
      again.commit("s", "x", 1000);
      again.commit("q", "x", 1001);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 100);
  CHECK(refused < 3000);
}

}  // namespace
}  // namespace chunkmark::versioned
