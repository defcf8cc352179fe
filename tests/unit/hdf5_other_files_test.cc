// Elements that lie in other files: external storage, and virtual datasets of every kind of mapping, read as the
// library reads them, from the file's folder alone.
#include <filesystem>
#include <fstream>

#include "native/hdf5/files_beside.h"
#include "unit/hdf5_made_file.h"

namespace chunkmark::hdf5 {
namespace {

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

bool says(const std::function<void()>& call, const std::string& words) {
  try {
    call();
  } catch (const Error& error) {
    UNSCOPED_INFO(error.what());
    return std::string(error.what()).find(words) != std::string::npos;
  }
  return false;
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return std::string(as_text(bytes));
}

// Bytes x of 10 in two parts and what follows them: 4 from offset 2 of a.raw, then as many as needed of sub/b.raw.
std::string made_external(const TemporaryFolder& folder, const char* first, const char* second) {
  return made(folder, [&](hid_t file) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(creation, first, 2, 4);
    H5Pset_external(creation, second, 0, H5F_UNLIMITED);
    put(file, "x", H5T_STD_U8LE, {2, 5}, creation, nullptr);
    H5Pclose(creation);
  });
}

TEST_CASE("external storage: parts of other files, and zeros where they end early") {
  const TemporaryFolder folder;
  const std::string path = made_external(folder, "a.raw", "sub/b.raw");
  write_bytes(folder.path() / "a.raw", "??0123??");
  write_bytes(folder.path() / "sub" / "b.raw", "456");
  const hdf5::FilesBeside beside(path, nullptr, false);
  CHECK(text_of(read(path, "x", &beside)) == std::string("0123456\0\0\0", 10));
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny, &beside);
  std::vector<std::byte> part(4);
  const versioned::VersionDataset x(session, session.find("x").value(), "x");
  x.read({{0, 2}, {2, 2}}, array::Dest::dense(part.data(), x.dtype(), {2, 2}));
  CHECK(text_of(part) == std::string("23\0\0", 4));
}

TEST_CASE("external storage that cannot be reached is an error that names the file") {
  const TemporaryFolder folder;
  const std::string path = made_external(folder, "a.raw", "sub/b.raw");
  CHECK(says([&] { read(path, "x"); }, "\"a.raw\", which cannot be reached from here"));
  const hdf5::FilesBeside beside(path, nullptr, false);
  CHECK(says([&] { read(path, "x", &beside); }, "\"a.raw\", which is not there"));
}

TEST_CASE("names that lead out of the folder are followed only where that is allowed") {
  const TemporaryFolder outside, folder;
  write_bytes(outside.path() / "a.raw", "??0123");
  write_bytes(folder.path() / "b.raw", "456789");
  const std::string absolute = (outside.path() / "a.raw").string();
  const std::string upwards = "../" + outside.path().filename().string() + "/a.raw";
  for (const std::string& name : {absolute, upwards}) {
    CAPTURE(name);
    const std::string path = made_external(folder, name.c_str(), "b.raw");
    const hdf5::FilesBeside beside(path, nullptr, false), anywhere(path, nullptr, true);
    CHECK(says([&] { read(path, "x", &beside); }, "a name that leads elsewhere"));
    CHECK(text_of(read(path, "x", &anywhere)) == "0123456789");
  }
  std::filesystem::create_symlink(absolute, folder.path() / "link.raw");
  const std::string path = made_external(folder, "link.raw", "b.raw");
  const hdf5::FilesBeside beside(path, nullptr, false), anywhere(path, nullptr, true);
  CHECK(says([&] { read(path, "x", &beside); }, "a link that leads out"));
  CHECK(text_of(read(path, "x", &anywhere)) == "0123456789");
}

struct Box {
  std::vector<hsize_t> start, stride, count, block;
};

struct Mapped {
  const char* file;
  const char* dataset;
  std::vector<hsize_t> source_dims;
  Box to, from;  // `from` without start: all of the source
};

void select(hid_t space, const Box& box) {
  REQUIRE(H5Sselect_hyperslab(space, H5S_SELECT_SET, box.start.data(), box.stride.data(), box.count.data(),
                              box.block.data()) >= 0);
}

void put_virtual(hid_t file, const char* name, const std::vector<hsize_t>& dims, const std::vector<hsize_t>& max_dims,
                 const std::vector<Mapped>& mappings) {
  const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), max_dims.data());
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const std::int32_t fill = -7;
  H5Pset_fill_value(creation, H5T_NATIVE_INT32, &fill);
  for (const Mapped& mapped : mappings) {
    std::vector<hsize_t> max(mapped.source_dims.size(), H5S_UNLIMITED);
    const hid_t source =
        H5Screate_simple(static_cast<int>(mapped.source_dims.size()), mapped.source_dims.data(), max.data());
    select(space, mapped.to);
    if (!mapped.from.start.empty()) select(source, mapped.from);
    REQUIRE(H5Pset_virtual(creation, space, mapped.file, mapped.dataset, source) >= 0);
    H5Sclose(source);
  }
  H5Sselect_all(space);
  const hid_t dataset = H5Dcreate2(file, name, H5T_STD_I32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  REQUIRE(dataset >= 0);
  H5Dclose(dataset);
  H5Pclose(creation);
  H5Sclose(space);
}

constexpr hsize_t kNoLimit = H5S_UNLIMITED;

// Sources: files s-0, s-1 and s-3 with x of 3 x 4, file grown with x of 5 x 4, line of 4 in the file itself.
std::string made_virtual(const TemporaryFolder& folder, hid_t source_type = H5T_STD_I32LE) {
  std::int32_t next = 1;
  const auto numbers = [&](std::size_t count) {
    std::vector<std::int32_t> values(count);
    for (std::int32_t& value : values) value = next++;
    return values;
  };
  const auto put_numbers = [&](hid_t file, const char* name, const std::vector<hsize_t>& dims, std::size_t count) {
    const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    const hid_t dataset = H5Dcreate2(file, name, source_type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(H5Dwrite(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers(count).data()) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
  };
  for (const char* name : {"s-0.h5", "s-1.h5", "s-3.h5"}) {
    made(
        folder,
        [&](hid_t file) {
          put_numbers(file, "x", {3, 4}, 12);
        },
        H5P_DEFAULT, name);
  }
  made(
      folder,
      [&](hid_t file) {
        put_numbers(file, "x", {5, 4}, 20);
      },
      H5P_DEFAULT, "grown.h5");
  return made(folder, [&](hid_t file) {
    put_numbers(file, "line", {4}, 4);
    H5Lcreate_soft("/line", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    const Box none{};
    put_virtual(file, "numbered", {0, 4}, {kNoLimit, 4},
                {{"s-%b.h5", "x", {3, 4}, {{0, 0}, {4, 1}, {kNoLimit, 1}, {3, 4}}, none}});
    put_virtual(
        file, "grows", {0, 4}, {kNoLimit, 4},
        {{"grown.h5", "x", {0, 4}, {{1, 0}, {1, 1}, {1, 1}, {kNoLimit, 4}}, {{0, 0}, {1, 1}, {1, 1}, {kNoLimit, 4}}}});
    put_virtual(
        file, "interleaved", {0, 4}, {kNoLimit, 4},
        {{"grown.h5", "x", {0, 4}, {{0, 0}, {3, 1}, {kNoLimit, 1}, {1, 4}}, {{0, 0}, {1, 1}, {1, 1}, {kNoLimit, 4}}},
         {"s-0.h5", "x", {0, 4}, {{1, 0}, {3, 1}, {kNoLimit, 1}, {2, 4}}, {{0, 0}, {1, 1}, {1, 1}, {kNoLimit, 4}}}});
    put_virtual(file, "rows", {3, 4}, {3, 4},
                {{".", "line", {4}, {{1, 0}, {1, 1}, {1, 1}, {1, 4}}, none},
                 {".", "soft", {4}, {{0, 1}, {1, 1}, {1, 1}, {1, 2}}, {{2}, {1}, {1}, {2}}},
                 {"lost.h5", "x", {1, 4}, {{2, 0}, {1, 1}, {1, 1}, {1, 4}}, none}});
    put_virtual(file, "mapped", {3, 4}, {3, 4}, {{".", "rows", {3, 4}, {{0, 0}, {1, 1}, {1, 1}, {3, 4}}, none}});
  });
}

TEST_CASE("virtual datasets of every kind of mapping read as the library reads them") {
  for (const hid_t type : {H5T_STD_I32LE, H5T_STD_I32BE}) {
    const TemporaryFolder folder;
    const std::string path = made_virtual(folder, type);
    const hdf5::FilesBeside beside(path, nullptr, false);
    for (const char* name : {"numbered", "grows", "interleaved", "rows", "mapped"}) {
      CAPTURE(name);
      const std::vector<std::byte> found = read(path, name, &beside);
      CHECK(found.size() >= 48);
      CHECK((found == read_by_library(path, name)));
    }
  }
}

TEST_CASE("regions of virtual datasets are those of the whole") {
  const TemporaryFolder folder;
  const std::string path = made_virtual(folder);
  const hdf5::FilesBeside beside(path, nullptr, false);
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny, &beside);
  for (const char* name : {"numbered", "interleaved", "rows"}) {
    const versioned::VersionDataset dataset(session, session.find(name).value(), name);
    const std::vector<std::byte> all = read(path, name, &beside);
    for (std::uint64_t row = 0; row < dataset.shape()[0]; ++row) {
      for (std::uint64_t column = 0; column < 4; ++column) {
        std::int32_t one = 0, expected = 1;
        const array::Region region{{row, column}, {1, 1}};
        dataset.read(region, array::Dest::dense(reinterpret_cast<std::byte*>(&one), dataset.dtype(), region.shape));
        std::memcpy(&expected, all.data() + 4 * (4 * row + column), 4);
        CHECK(one == expected);
      }
    }
  }
}

TEST_CASE("a source that is missing is noted, one that cannot be reached is an error") {
  const TemporaryFolder folder;
  const std::string path = made_virtual(folder);
  const hdf5::FilesBeside beside(path, nullptr, false);
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny, &beside);
  const versioned::VersionDataset rows(session, session.find("rows").value(), "rows");
  std::vector<std::byte> bytes(48);
  rows.read_bytes(bytes);
  REQUIRE(session.container().notices().size() == 1);
  CHECK(session.container().notices()[0] ==
        "rows: lost.h5 x, which it is made of, is not there: the fill value stands for it");
  CHECK(says([&] { read(path, "grows"); }, "grown.h5: a virtual dataset's source, which cannot"));
}

TEST_CASE("virtual datasets that name each other end in an error") {
  const TemporaryFolder folder;
  const Box all{{0, 0}, {1, 1}, {1, 1}, {3, 4}};
  const std::string path = made(folder, [&](hid_t file) {
    put_virtual(file, "a", {3, 4}, {3, 4}, {{".", "b", {3, 4}, all, Box{}}});
    put_virtual(file, "b", {3, 4}, {3, 4}, {{".", "a", {3, 4}, all, Box{}}});
  });
  CHECK(says([&] { read(path, "a"); }, "nested deeper than 8"));
}

}  // namespace
}  // namespace chunkmark::hdf5
