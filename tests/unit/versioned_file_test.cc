// Versioned files written by the HDF5 library, in both file formats, read without it.
#include "storage/versioned/versioned_file.h"

#include <algorithm>
#include <cstring>

#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/diff.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/sidecar_index.h"
#include "storage/versioned/timestamp.h"
#include "unit/catch.h"
#include "unit/versioned_fixture.h"

namespace chunkmark::versioned {
namespace {

template <typename T>
std::vector<T> read_all(const VersionDataset& dataset) {
  std::vector<T> values(dataset.count());
  dataset.read(std::span(values));
  return values;
}

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kIo;
}

constexpr std::string_view kCurrent = "current_version";

std::int64_t time_of(const char* text) {
  return parse_timestamp(text).value();
}

// Counts what is read, and is able to fail.
class WatchedFile : public bytes::RandomAccess {
 public:
  explicit WatchedFile(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    ++reads;
    if (fail_after-- == 0) throw Error(ErrorCode::kIo, "watched.h5: the disk is gone");
    for (const MutableByteView run : runs) {
      REQUIRE(offset + run.size() <= bytes_.size());
      std::memcpy(run.data(), bytes_.data() + offset, run.size());
      offset += run.size();
    }
  }
  mutable int reads = 0;
  mutable int fail_after = -1;

 private:
  std::string name_ = "watched.h5";
  std::vector<std::byte> bytes_;
};

TEST_CASE("versions form a graph and are found by name, time and distance") {
  const bool latest = GENERATE(false, true);
  CAPTURE(latest);
  const bytes::MemoryFile memory("small.h5", small_versioned_file(latest));
  VersionedFile file(memory);
  CHECK(file.data_version() == 4);
  CHECK(file.current_name() == "r2");
  REQUIRE(file.versions().size() == 3);
  CHECK(file.versions()[0].name == "r1");
  CHECK_FALSE(file.versions()[0].has_parent());
  CHECK(file.children("r1") == std::vector<std::string>{"r2", "side"});
  CHECK(file.heads() == std::vector<std::string>{"r2", "side"});
  REQUIRE(file.ancestry("side").size() == 2);
  CHECK(file.ancestry("side")[1].name == "r1");
  CHECK(file.current().info().name == "r2");
  CHECK(file.previous(1).info().name == "r1");
  CHECK(code_of([&] { file.previous(2); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { file.open("r3"); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { file.open(""); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { file.open("__first_version__"); }) == ErrorCode::kNotFound);

  const std::int64_t side = time_of("2024-01-03 00:00:00.500000+0000");
  CHECK(file.at(side).info().name == "side");
  CHECK(file.at_or_before(side).info().name == "side");
  CHECK(file.at_or_before(side - 1).info().name == "r2");
  CHECK(file.at_or_before(side + 1000000).info().name == "side");
  CHECK(code_of([&] { file.at(side - 1); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { file.at_or_before(time_of("2023-12-31")); }) == ErrorCode::kNotFound);
}

TEST_CASE("datasets read as they were written, whole and in part") {
  const bool latest = GENERATE(false, true);
  CAPTURE(latest);
  const bytes::MemoryFile memory("small.h5", small_versioned_file(latest));
  VersionedFile file(memory);
  const Version r2 = file.open("r2");
  CHECK(r2.datasets() == std::vector<std::string>{"group/m", "x"});
  CHECK(r2.groups() == std::vector<std::string>{"group"});
  CHECK(code_of([&] { r2.dataset("y"); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { r2.dataset("x/y"); }) == ErrorCode::kNotFound);
  CHECK(code_of([&] { r2.dataset("group"); }) == ErrorCode::kNotFound);
  const VersionDataset x = r2.dataset("x");
  CHECK(x.chunk() == std::vector<std::uint64_t>{4});
  CHECK(read_all<std::int32_t>(x) == std::vector<std::int32_t>{0, 1, 2, 3, 4, 99, 6, 7, 8, 9, 7});
  CHECK(read_all<std::int32_t>(file.open("r1").dataset("x")) ==
        std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(file.open("side").dataset("x").count() == 0);
  CHECK(read_all<std::int32_t>(file.open("side").dataset("x")).empty());

  // Every box of the 3 x 5 matrix, into memory with gaps; what is around it stays as it was.
  const VersionDataset m = r2.dataset("group/m");
  for (std::uint64_t r0 = 0; r0 < 3; ++r0) {
    for (std::uint64_t c0 = 0; c0 < 5; ++c0) {
      for (std::uint64_t r1 = r0; r1 <= 3; ++r1) {
        for (std::uint64_t c1 = c0; c1 <= 5; ++c1) {
          std::vector<double> into(4 * 7, -1);
          m.read({{r0, c0}, {r1 - r0, c1 - c0}},
                 {reinterpret_cast<std::byte*>(into.data()), m.dtype(), {r1 - r0, c1 - c0}, {7 * 8, 8}});
          for (std::uint64_t r = 0; r < 4; ++r) {
            for (std::uint64_t c = 0; c < 7; ++c) {
              const bool inside = r < r1 - r0 && c < c1 - c0;
              REQUIRE(into[r * 7 + c] == (inside ? static_cast<double>((r + r0) * 5 + c + c0 + 1) : -1));
            }
          }
        }
      }
    }
  }
  std::vector<double> few(3);
  CHECK(code_of([&] { m.read(std::span(few)); }) == ErrorCode::kInvalidArgument);
  CHECK(code_of([&] {
          m.read({{0, 3}, {1, 3}}, {reinterpret_cast<std::byte*>(few.data()), m.dtype(), {1, 3}, {24, 8}});
        }) == ErrorCode::kInvalidArgument);
}

TEST_CASE("the HDF5 library reads the same through the file driver") {
  const bool latest = GENERATE(false, true);
  bytes::MemoryFile memory("small.h5", small_versioned_file(latest));
  VersionedFile file(memory);
  hdf5_library::Hdf5Driver driver(memory);
  const hid_t id = driver.check(H5Fopen("small.h5", H5F_ACC_RDONLY, driver.access()), "open");
  const hid_t dataset = H5Dopen2(id, "/_version_data/versions/r2/group/m", H5P_DEFAULT);
  REQUIRE(dataset >= 0);
  std::vector<double> theirs(15);
  REQUIRE(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, theirs.data()) >= 0);
  CHECK(read_all<double>(file.open("r2").dataset("group/m")) == theirs);
  H5Dclose(dataset);
  H5Fclose(id);
}

TEST_CASE("the file driver brings the file's own error out of the library") {
  class Broken : public bytes::MemoryFile {
   public:
    using MemoryFile::MemoryFile;
    void read_at(std::uint64_t, std::span<const MutableByteView>) const override {
      throw Error(ErrorCode::kUnavailable, "far.h5: the server is away");
    }
  };
  Broken file("far.h5", small_versioned_file());
  hdf5_library::Hdf5Driver driver(file);
  const hid_t id = H5Fopen("far.h5", H5F_ACC_RDONLY, driver.access());
  CHECK(id < 0);
  CHECK(code_of([&] { driver.check(id, "open"); }) == ErrorCode::kUnavailable);
  bytes::MemoryFile empty("empty.h5", {});
  hdf5_library::Hdf5Driver other(empty);
  CHECK(code_of([&] { other.check(H5Fopen("empty.h5", H5F_ACC_RDONLY, other.access()), "open"); }) == ErrorCode::kIo);
}

TEST_CASE("filters of the library are undone") {
  struct Row {
    const char* name;
    std::function<void(hid_t)> set;
  };
  const Row rows[] = {
      {"none", {}},
      {"gzip", [](hid_t p) { H5Pset_deflate(p, 4); }},
      {"shuffle gzip fletcher32",
       [](hid_t p) {
         H5Pset_shuffle(p);
         H5Pset_deflate(p, 9);
         H5Pset_fletcher32(p);
       }},
      {"scaleoffset", [](hid_t p) { H5Pset_scaleoffset(p, H5Z_SO_INT, 0); }},
      {"scaleoffset gzip",
       [](hid_t p) {
         H5Pset_scaleoffset(p, H5Z_SO_INT, 0);
         H5Pset_deflate(p, 1);
       }},
#ifdef CHUNKMARK_HAS_SZIP
      {"szip", [](hid_t p) { H5Pset_szip(p, H5_SZIP_NN_OPTION_MASK, 8); }},
#endif
  };
  std::vector<std::int32_t> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i * i % 977) - 300;
  const std::int32_t fill = -300;
  const auto fill_bytes = std::as_bytes(std::span(&fill, 1));
  const bool latest = GENERATE(false, true), with_fill = GENERATE(false, true);
  for (const Row& row : rows) {
    CAPTURE(row.name, latest, with_fill);
    VersionedFixture fixture(latest);
    FixtureDataset spec{H5T_NATIVE_INT32, {64}, {}, row.set};
    if (with_fill) spec.fill.assign(fill_bytes.begin(), fill_bytes.end());
    fixture.declare("x", spec);
    fixture.commit("r1", "__first_version__", "2024-01-01", {{"x", FixtureArray::of<std::int32_t>({1000}, values)}});
    const bytes::MemoryFile memory("filters.h5", fixture.image());
    VersionedFile file(memory);
    CHECK(read_all<std::int32_t>(file.current().dataset("x")) == values);
  }
}

TEST_CASE("indexes of many chunks and groups of many versions are followed") {
  const bool latest = GENERATE(false, true), filtered = GENERATE(false, true);
  CAPTURE(latest, filtered);
  // A chunk an element: several levels of B-tree, and extensible arrays with super blocks.
  constexpr std::int32_t kChunks = 3000, kVersions = 120;
  VersionedFixture fixture(latest, filtered ? 512 : 0);
  fixture.declare("x", {H5T_NATIVE_INT32, {1}, {}, [&](hid_t p) {
                          if (filtered) H5Pset_deflate(p, 1);
                        }});
  std::vector<std::int32_t> values(kChunks);
  for (std::int32_t i = 0; i < kChunks; ++i) values[static_cast<std::size_t>(i)] = i * 3;
  std::string previous = "__first_version__";
  fixture.commit("big", previous, "2024-01-01", {{"x", FixtureArray::of<std::int32_t>({kChunks}, values)}});
  for (int i = 0; i < kVersions; ++i) {
    const std::string name = "version number " + std::to_string(i);
    fixture.commit(name, previous, "2024-01-02", {{"x", FixtureArray::of<std::int32_t>({2}, {i, i + 1})}});
    previous = name;
  }
  const bytes::MemoryFile memory("many.h5", fixture.image());
  VersionedFile file(memory);
  CHECK(read_all<std::int32_t>(file.open("big").dataset("x")) == values);
  for (int i = 0; i < kVersions; ++i) {
    const Version version = file.open("version number " + std::to_string(i));
    REQUIRE(read_all<std::int32_t>(version.dataset("x")) == std::vector<std::int32_t>{i, i + 1});
  }
  CHECK(code_of([&] { file.open("version number 120"); }) == ErrorCode::kNotFound);
  CHECK(file.versions().size() == kVersions + 1);
}

TEST_CASE("many attributes are found in their heap") {
  VersionedFixture fixture(true);
  fixture.declare("x", {H5T_NATIVE_INT32, {4}, {}, {}});
  fixture.commit("r1", "__first_version__", "2024-01-01", {{"x", FixtureArray::of<std::int32_t>({1}, {5})}});
  const hid_t group = H5Gopen2(fixture.id(), "/_version_data/versions/r1", H5P_DEFAULT);
  const hid_t space = H5Screate(H5S_SCALAR);
  for (std::int32_t i = 0; i < 300; ++i) {
    const hid_t attribute =
        H5Acreate2(group, ("note" + std::to_string(i)).c_str(), H5T_NATIVE_INT32, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT32, &i);
    H5Aclose(attribute);
  }
  H5Sclose(space);
  H5Gclose(group);
  const bytes::MemoryFile memory("attributes.h5", fixture.image());
  VersionedFile file(memory);
  CHECK(file.open("r1").info().committed);
  const std::vector<hdf5::Attribute> attributes = file.open("r1").attributes();
  CHECK(attributes.size() == 303);
  for (const hdf5::Attribute& attribute : attributes) {
    if (attribute.name.starts_with("note")) {
      REQUIRE(std::to_string(load_le<std::int32_t>(attribute.value.data())) == attribute.name.substr(4));
    }
  }
}

TEST_CASE("what is not to be opened says why") {
  SECTION("a version that was never committed") {
    VersionedFixture fixture;
    fixture.declare("x", {H5T_NATIVE_INT32, {4}, {}, {}});
    fixture.commit("half", "__first_version__", "2024-01-01", {{"x", FixtureArray::of<std::int32_t>({1}, {5})}}, false);
    const bytes::MemoryFile memory("half.h5", fixture.image());
    VersionedFile file(memory);
    CHECK(code_of([&] { file.open("half"); }) == ErrorCode::kInvalidArgument);
    CHECK(read_all<std::int32_t>(file.open_uncommitted("half").dataset("x")) == std::vector<std::int32_t>{5});
  }
  SECTION("data versions") {
    for (const std::int64_t version : {1, 2, 3, 4, 5}) {
      VersionedFixture fixture;
      fixture.set_data_version(version);
      const bytes::MemoryFile memory("version.h5", fixture.image());
      if (version == 5) {
        CHECK(code_of([&] { VersionedFile file(memory); }) == ErrorCode::kUnsupported);
      } else {
        VersionedFile file(memory);
        CHECK(file.warnings().size() == (version == 2 || version == 3 ? 1 : 0));
        CHECK(code_of([&] { file.current(); }) == ErrorCode::kNotFound);
      }
    }
  }
  SECTION("no versions, no HDF5, no bytes") {
    bytes::MemoryFile plain("plain.h5", {});
    hdf5_library::Hdf5Driver driver(plain);
    H5Fclose(driver.check(H5Fcreate("plain.h5", H5F_ACC_TRUNC, H5P_DEFAULT, driver.access()), "create"));
    CHECK(code_of([&] { VersionedFile file(plain); }) == ErrorCode::kNotFound);
    const bytes::MemoryFile text("text.h5", std::vector<std::byte>(5000, std::byte{'x'}));
    CHECK(code_of([&] { VersionedFile file(text); }) == ErrorCode::kCorrupt);
    const bytes::MemoryFile empty("empty.h5", {});
    CHECK(code_of([&] { VersionedFile file(empty); }) == ErrorCode::kCorrupt);
  }
}

TEST_CASE("an error of the file comes through, wherever it happens") {
  const std::vector<std::byte> bytes = small_versioned_file();
  WatchedFile whole(bytes);
  {
    VersionedFile file(whole);
    dump_file(file, {});
  }
  for (int fail_after = 0; fail_after < whole.reads; ++fail_after) {
    WatchedFile failing(bytes);
    failing.fail_after = fail_after;
    bool said = false;
    try {
      VersionedFile file(failing);
      said = json::serialize(dump_file(file, {})).find("the disk is gone") != std::string::npos;
    } catch (const Error& error) {
      said = error.code() == ErrorCode::kIo;
    }
    CHECK(said);
  }
}

TEST_CASE("a sidecar index holds all but array data, and notices when it is stale") {
  std::vector<std::byte> bytes = small_versioned_file();
  const std::vector<std::byte> index = build_index(bytes::MemoryFile("small.h5", bytes));
  WatchedFile far(bytes);
  const IndexedFile indexed(far, index);
  const int to_open = far.reads;
  CHECK(to_open <= 2);
  VersionedFile file(indexed);
  const VersionDataset x = file.at_or_before(time_of("2024-01-02 12:00:00")).dataset("x");
  CHECK(x.mappings().size() == 3);
  CHECK(far.reads == to_open);
  CHECK(read_all<std::int32_t>(x) == std::vector<std::int32_t>{0, 1, 2, 3, 4, 99, 6, 7, 8, 9, 7});
  VersionedFile direct(far);
  CHECK(dump_file(file, {}) == dump_file(direct, {}));

  const auto opens = [&](const std::vector<std::byte>& now, const std::vector<std::byte>& with) {
    const bytes::MemoryFile memory("small.h5", now);
    const IndexedFile again(memory, with);
  };
  std::vector<std::byte> longer = bytes;
  longer.push_back(std::byte{0});
  CHECK(code_of([&] { opens(longer, index); }) == ErrorCode::kConflict);
  // The current version is named in an attribute of the group "versions", by reference to a heap.
  std::vector<std::byte> other = bytes;
  const auto attribute = std::search(other.begin(), other.end(), kCurrent.begin(), kCurrent.end(),
                                     [](std::byte b, char c) { return b == static_cast<std::byte>(c); });
  REQUIRE(attribute != other.end());
  *attribute = std::byte{'C'};
  CHECK(code_of([&] { opens(other, index); }) == ErrorCode::kConflict);
  for (std::size_t size = 0; size < index.size(); size += 7) {
    CHECK(code_of([&] {
            opens(bytes, {index.begin(), index.begin() + static_cast<long>(size)});
          }) == ErrorCode::kCorrupt);
  }
}

TEST_CASE("diff tells moved, rewritten and changed chunks apart") {
  const bytes::MemoryFile memory("small.h5", small_versioned_file());
  VersionedFile file(memory);
  Session& session = file.session();
  const std::vector<DatasetDiff> changes = diff(file.open("r1"), file.open("r2"), session);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].path == "x");
  CHECK(changes[0].changed_elements == 1);
  REQUIRE(changes[0].boxes.size() == 1);
  CHECK(changes[0].boxes[0].box.start == std::vector<std::uint64_t>{4});
  CHECK(changes[0].shape_before == std::vector<std::uint64_t>{10});
  CHECK(changes[0].shape_after == std::vector<std::uint64_t>{11});
  CHECK(changes[0].elements_added == 1);
  CHECK(changes[0].elements_removed == 0);
  CHECK(diff(file.open("r2"), file.open("r2"), session).empty());
  const std::vector<DatasetDiff> side = diff(file.open("r1"), file.open("side"), session);
  REQUIRE(side.size() == 2);
  CHECK(side[0].kind == DatasetDiff::Kind::kRemoved);
  CHECK(side[1].shape_after == std::vector<std::uint64_t>{0});
  CHECK(side[1].elements_added == 0);
  CHECK(side[1].elements_removed == side[1].shape_before.at(0));
}

}  // namespace
}  // namespace chunkmark::versioned
