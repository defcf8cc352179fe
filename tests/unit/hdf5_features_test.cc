// Features of the format that few files use, in files that the HDF5 library writes: read as it reads them, or refused
// by name.
#include <hdf5.h>

#include <functional>
#include <map>

#include "native/os/file.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/session.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::hdf5 {
namespace {

using Make = std::function<void(hid_t file)>;

// A file of the newest format that the library writes, with what `make` puts into it.
std::string made(const TemporaryFolder& folder, const Make& make, hid_t creation = H5P_DEFAULT) {
  const std::string path = (folder.path() / "made.h5").string();
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
  REQUIRE(file >= 0);
  make(file);
  H5Fclose(file);
  H5Pclose(access);
  return path;
}

void put(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& dims, hid_t creation, const void* data) {
  const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
  const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  REQUIRE(dataset >= 0);
  if (data != nullptr) REQUIRE(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
}

hid_t chunked(const std::vector<hsize_t>& chunk) {
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  return creation;
}

// What a dataset holds, in the file's own type: by this reader, and by the library.
std::vector<std::byte> read(const std::string& path, const std::string& name) {
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny);
  const versioned::VersionDataset dataset(session, session.find("/" + name).value(), name);
  std::vector<std::byte> bytes(static_cast<std::size_t>(dataset.count() * dataset.element_bytes()));
  dataset.read_bytes(bytes);
  return bytes;
}
std::vector<std::byte> read_by_library(const std::string& path, const std::string& name) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, name.c_str(), H5P_DEFAULT), type = H5Dget_type(dataset),
              space = H5Dget_space(dataset);
  std::vector<std::byte> bytes(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) * H5Tget_size(type));
  REQUIRE(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) >= 0);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(dataset);
  H5Fclose(file);
  return bytes;
}

json::object dump(const std::string& path) {
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny);
  return dump_plain_file(session, {});
}

hid_t number(hid_t base, std::size_t precision, std::size_t offset) {
  const hid_t type = H5Tcopy(base);
  H5Tset_precision(type, precision);
  H5Tset_offset(type, offset);
  return type;
}

TEST_CASE("nbit: numbers of any precision and order, arrays and compounds of them") {
  const TemporaryFolder folder;
  std::vector<std::uint32_t> values(60 * 7);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint32_t>(i * 2654435761u);
  const hid_t little = number(H5T_STD_U32LE, 17, 5), big = number(H5T_STD_I32BE, 11, 13);
  const hsize_t three[] = {3};
  const hid_t array = H5Tarray_create2(little, 1, three);
  const hid_t compound = H5Tcreate(H5T_COMPOUND, 28);
  H5Tinsert(compound, "a", 0, big);
  H5Tinsert(compound, "b", 4, array);
  H5Tinsert(compound, "c", 17, H5T_IEEE_F32LE);
  H5Tinsert(compound, "d", 21, H5T_STD_U8LE);
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 5);
  H5Tinsert(compound, "e", 23, text);
  const std::map<std::string, hid_t> types{
      {"little", little}, {"big", big}, {"array", array}, {"compound", compound}, {"whole", H5T_STD_I32LE}};
  const std::string path = made(folder, [&](hid_t file) {
    for (const auto& [name, type] : types) {
      const hid_t creation = chunked({7});
      H5Pset_nbit(creation);
      put(file, name.c_str(), type, {values.size() * 4 / 28}, creation, values.data());
      H5Pclose(creation);
    }
  });
  for (const auto& [name, type] : types) {
    CAPTURE(name);
    CHECK((read(path, name) == read_by_library(path, name)));
  }
}

TEST_CASE("edge chunks may be stored without the filters") {
  const TemporaryFolder folder;
  std::vector<std::int32_t> values(50 * 70);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i % 97);
  const std::string path = made(folder, [&](hid_t file) {
    const hid_t creation = chunked({16, 32});
    H5Pset_deflate(creation, 6);
    H5Pset_chunk_opts(creation, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    put(file, "x", H5T_STD_I32LE, {50, 70}, creation, values.data());
    H5Pclose(creation);
  });
  CHECK((read(path, "x") == read_by_library(path, "x")));
}

TEST_CASE("messages may lie in a heap that objects share") {
  const TemporaryFolder folder;
  const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_shared_mesg_nindexes(creation, 2);
  H5Pset_shared_mesg_index(creation, 0, H5O_SHMESG_DTYPE_FLAG | H5O_SHMESG_SDSPACE_FLAG, 1);
  H5Pset_shared_mesg_index(creation, 1, H5O_SHMESG_FILL_FLAG | H5O_SHMESG_PLINE_FLAG, 1);
  std::vector<double> values(40);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.5 * static_cast<double>(i);
  const std::string path = made(
      folder,
      [&](hid_t file) {
        const hid_t filtered = chunked({16});
        const double fill = 3.25;
        H5Pset_deflate(filtered, 1);
        H5Pset_fill_value(filtered, H5T_NATIVE_DOUBLE, &fill);
        for (const char* name : {"a", "b", "c"}) put(file, name, H5T_IEEE_F64LE, {40}, filtered, values.data());
        put(file, "d", H5T_IEEE_F64LE, {40}, filtered, nullptr);
        H5Pclose(filtered);
      },
      creation);
  H5Pclose(creation);
  for (const char* name : {"a", "b", "c", "d"}) CHECK((read(path, name) == read_by_library(path, name)));
}

TEST_CASE("a dataset without a shape has no elements, and several names tell it several times") {
  const TemporaryFolder folder;
  const std::string path = made(folder, [&](hid_t file) {
    const hid_t space = H5Screate(H5S_NULL);
    H5Dclose(H5Dcreate2(file, "none", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    const hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "none", group, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "group", group, "ring", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
  });
  const json::object document = dump(path);
  const json::object& datasets = document.at("datasets").get_object();
  REQUIRE(datasets.size() == 2);
  for (const char* name : {"/none", "/group/again"}) {
    CHECK(datasets.at(name).at("shape").is_null());
    CHECK(datasets.at(name).at("sha256") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }
  CHECK(document.at("groups") == json::array{"/group"});
  CHECK(document.at("unreadable").get_object().empty());
}

TEST_CASE("what is not read is refused by name, and the rest is read") {
  const TemporaryFolder folder;
  const std::vector<std::int32_t> values(10, 7);
  const std::string path = made(folder, [&](hid_t file) {
    put(file, "sound", H5T_STD_I32LE, {10}, H5P_DEFAULT, values.data());
    const hid_t external = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(external, (folder.path() / "raw.bin").c_str(), 0, 40);
    put(file, "external", H5T_STD_I32LE, {10}, external, values.data());
    H5Pclose(external);
    const hsize_t none[] = {0}, unlimited[] = {H5S_UNLIMITED}, start[] = {0}, one[] = {1};
    const hid_t space = H5Screate_simple(1, none, unlimited), source = H5Screate_simple(1, none, unlimited);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    for (const hid_t selected : {space, source}) {
      H5Sselect_hyperslab(selected, H5S_SELECT_SET, start, nullptr, unlimited, one);
      H5Sselect_hyperslab(selected, H5S_SELECT_SET, start, one, one, unlimited);
    }
    H5Pset_virtual(creation, space, ".", "sound", source);
    const hid_t dataset = H5Dcreate2(file, "virtual", H5T_STD_I32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    CHECK(dataset >= 0);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
    H5Sclose(source);
  });
  const json::object document = dump(path);
  const json::object& datasets = document.at("datasets").get_object();
  CHECK(datasets.at("/sound").at("sha256").is_string());
  const auto error = [&](const char* name) { return std::string(datasets.at(name).at("error").as_string()); };
  CHECK(error("/external").find("external storage") != std::string::npos);
  CHECK(error("/virtual").find("unlimited") != std::string::npos);
}

}  // namespace
}  // namespace chunkmark::hdf5
