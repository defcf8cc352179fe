// Features of the format that few files use, in files that the HDF5 library writes: read as it reads them, or refused
// by name.
#include <hdf5.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "native/hdf5/files_beside.h"
#include "native/os/file.h"
#include "storage/hdf5/checksum.h"
#include "storage/hdf5/member_files.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"
#include "storage/versioned/verify_plain.h"
#include "unit/hdf5_made_file.h"

namespace chunkmark::hdf5 {
namespace {

json::object dump(const std::string& path) {
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny);
  return dump_plain_file(session, {});
}

// What a call says that it refuses.
std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
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

json::value data_of(const std::string& path, const char* name) {
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny);
  versioned::DumpOptions options;
  options.data = true;
  return dump_plain_file(session, options).at("datasets").at(name).at("data");
}

TEST_CASE("sequences and references are told as JSON") {
  const TemporaryFolder folder;
  const std::string path = made(folder, [&](hid_t file) {
    const std::int32_t numbers[] = {1, 2, 3};
    put(file, "x", H5T_STD_I32LE, {3}, H5P_DEFAULT, numbers);
    const hid_t sequence = H5Tvlen_create(H5T_STD_I32LE), nested = H5Tvlen_create(sequence);
    hvl_t inner[] = {
        {2, const_cast<std::int32_t*>(numbers)}, {0, nullptr}, {1, const_cast<std::int32_t*>(numbers + 2)}};
    put(file, "sequences", sequence, {3}, H5P_DEFAULT, inner);
    const hvl_t outer[] = {{3, inner}, {0, nullptr}};
    put(file, "nested", nested, {2}, H5P_DEFAULT, outer);
    hobj_ref_t objects[2] = {};
    H5Rcreate(&objects[0], file, "x", H5R_OBJECT, -1);
    put(file, "objects", H5T_STD_REF_OBJ, {2}, H5P_DEFAULT, objects);
    const hsize_t dims[] = {3}, start[] = {1}, count[] = {2};
    const hid_t space = H5Screate_simple(1, dims, nullptr);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
    hdset_reg_ref_t region[1];
    H5Rcreate(region, file, "x", H5R_DATASET_REGION, space);
    put(file, "regions", H5T_STD_REF_DSETREG, {1}, H5P_DEFAULT, region);
    H5Sclose(space);
    H5Tclose(nested);
    H5Tclose(sequence);
  });
  CHECK(json::serialize(data_of(path, "/sequences")) == "[[1,2],[],[3]]");
  CHECK(json::serialize(data_of(path, "/nested")) == "[[[1,2],[],[3]],[]]");
  CHECK(json::serialize(data_of(path, "/objects")) == R"([{"object":"/x"},null])");
  const json::array regions = data_of(path, "/regions").get_array();
  REQUIRE(regions.size() == 1);
  CHECK(regions[0].at("object") == "/x");
  const std::string region = json::serialize(regions[0].at("region"));
  CHECK((region == R"({"boxes":[[1,2]]})" || region == R"({"start":[1],"stride":[1],"count":[1],"block":[2]})"));
}

// The library writes these from 1.12 on. What it keeps in a heap, a sequence of bytes keeps here: after kind and flags
// an element is the same.
TEST_CASE("references of HDF5 1.12 are told as JSON") {
  const TemporaryFolder folder;
  std::vector<std::vector<std::uint8_t>> bodies{
      {0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 'a', 't', 't'},
      {8, 16, 2, 0, 0, 0, 0, 0, 0, 2, 0, 'b', '5'},
      {0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
      {8, 1, 2}};
  const std::string path = made(folder, [&](hid_t file) {
    const std::int32_t numbers[] = {1, 2, 3};
    put(file, "x", H5T_STD_I32LE, {3}, H5P_DEFAULT, numbers);
    hobj_ref_t object;
    H5Rcreate(&object, file, "x", H5R_OBJECT, -1);
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
      bodies[i][0] = 8;
      std::memcpy(&bodies[i][1], &object, 8);
    }
    std::vector<hvl_t> sequences;
    sequences.reserve(std::size(bodies));
    for (auto& body : bodies) sequences.push_back({body.size(), body.data()});
    const hid_t bytes = H5Tvlen_create(H5T_STD_U8LE);
    put(file, "bodies", bytes, {sequences.size()}, H5P_DEFAULT, sequences.data());
    H5Tclose(bytes);
  });
  const std::vector<std::byte> stored = read(path, "bodies");
  const std::size_t each = stored.size() / bodies.size();
  const os::File file(path);
  const hdf5::Container container(file);
  hdf5::GlobalHeap heap(container);
  hdf5::Datatype type;
  type.type_class = hdf5::TypeClass::kReference;
  type.reference = 4;
  const auto told = [&](std::uint8_t kind, std::uint8_t flags, ByteView rest) {
    std::vector<std::byte> element{std::byte{kind}, std::byte{flags}};
    element.insert(element.end(), rest.begin(), rest.end());
    element.resize(18);
    return json::serialize(versioned::element_json(type, element, heap));
  };
  const auto body = [&](std::size_t i) { return ByteView(stored).subspan(i * each, each); };
  CHECK(told(0, 0, {}) == "null");
  CHECK(told(2, 0, ByteView(reinterpret_cast<const std::byte*>(bodies[0].data()), 9)) == R"({"object":"/x"})");
  CHECK(told(4, 0, body(0)) == R"({"object":"/x","attribute":"att"})");
  CHECK(told(2, 1, body(1)) == R"({"file":"b5","object":"object at 528"})");
  CHECK(told(3, 0, body(2)) == R"({"object":"/x","region":"all"})");
  CHECK_THROWS_AS(told(4, 0, body(3)), Error);
  CHECK_THROWS_AS(told(5, 0, body(0)), Error);
}

TEST_CASE("metadata in a cache image are read from there") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "made.h5").string();
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  H5AC_cache_image_config_t image{H5AC__CURR_CACHE_IMAGE_CONFIG_VERSION, true, false,
                                  H5AC__CACHE_IMAGE__ENTRY_AGEOUT__NONE};
  H5Pset_mdc_image_config(access, &image);
  std::vector<std::int32_t> values(100, 5);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  const hid_t creation = chunked({10});
  put(file, "x", H5T_STD_I32LE, {100}, creation, values.data());
  H5Pclose(creation);
  H5Fclose(file);
  H5Pclose(access);
  REQUIRE(read(path, "x").size() == 400);  // first: the library takes the image out when it opens the file
  CHECK(std::memcmp(read(path, "x").data(), values.data(), 400) == 0);
}

TEST_CASE("a family of files is read as one, and a missing member is named") {
  const TemporaryFolder folder;
  const std::string pattern = (folder.path() / "part-%03d.h5").string();
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_family(access, 4096, H5P_DEFAULT);
  std::vector<std::int32_t> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i * i);
  const hid_t file = H5Fcreate(pattern.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  put(file, "x", H5T_STD_I32LE, {5000}, H5P_DEFAULT, values.data());
  H5Fclose(file);
  H5Pclose(access);
  const std::string path = (folder.path() / "part-000.h5").string();
  const hdf5::FilesBeside beside(path, nullptr, false);
  const os::File first(path);
  const auto joined = join_members(first, "part-000.h5", beside);
  REQUIRE(joined);
  versioned::Session session(*joined, versioned::Session::Needs::kAny);
  std::vector<std::int32_t> found(5000);
  versioned::VersionDataset(session, session.find("/x").value(), "x").read(std::span(found));
  CHECK(found == values);
  CHECK(message([&] { Container alone(first); }).find("the first of a family of files") != std::string::npos);
  std::filesystem::remove(folder.path() / "part-002.h5");
  CHECK(message([&] { join_members(first, "part-000.h5", beside); }).find("part-002.h5 is not there") !=
        std::string::npos);
}

TEST_CASE("the files of the split and multi drivers are read as one, and a missing or short one is named") {
  const TemporaryFolder folder;
  std::vector<std::int32_t> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i * i);
  const hid_t split = H5Pcreate(H5P_FILE_ACCESS), multi = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_split(split, "-m.h5", H5P_DEFAULT, "-r.h5", H5P_DEFAULT);
  H5Pset_fapl_multi(multi, nullptr, nullptr, nullptr, nullptr, true);
  for (const auto& [access, ending, raw] :
       {std::tuple(split, std::string("-m.h5"), "-r.h5"), std::tuple(multi, std::string("-s.h5"), "-r.h5")}) {
    CAPTURE(ending);
    const std::string base = (folder.path() / ("parts" + ending.substr(1, 1))).string();
    const hid_t file = H5Fcreate(base.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    put(file, "x", H5T_STD_I32LE, {5000}, H5P_DEFAULT, values.data());
    const hid_t creation = chunked({100});
    put(file, "chunks", H5T_STD_I32LE, {5000}, creation, values.data());
    H5Pclose(creation);
    H5Fclose(file);
    H5Pclose(access);
    const std::string path = base + ending, name = std::filesystem::path(path).filename().string();
    const hdf5::FilesBeside beside(path, nullptr, false);
    const os::File first(path);
    const auto joined = join_members(first, name, beside);
    REQUIRE(joined);
    versioned::Session session(*joined, versioned::Session::Needs::kAny);
    for (const char* dataset : {"x", "chunks"}) {
      std::vector<std::int32_t> found(5000);
      versioned::VersionDataset(session, session.find("/" + std::string(dataset)).value(), dataset)
          .read(std::span(found));
      CHECK(found == values);
    }
    const std::string raw_path = base + raw, raw_name = std::filesystem::path(raw_path).filename().string();
    CHECK(message([&] { Container alone(first); }).find("of which others are missing") != std::string::npos);
    std::filesystem::resize_file(raw_path, 1000);
    CHECK(message([&] { join_members(first, name, beside); }).find(raw_name + ": truncated") != std::string::npos);
    std::filesystem::remove(raw_path);
    CHECK(message([&] { join_members(first, name, beside); }).find(raw_name + " is not there") != std::string::npos);
  }
}

TEST_CASE("a file that its writer did not close is read with a notice") {
  const TemporaryFolder folder;
  const std::int32_t one = 1;
  const std::string path = made(folder, [&](hid_t file) { put(file, "x", H5T_STD_I32LE, {1}, H5P_DEFAULT, &one); });
  std::vector<std::byte> bytes(48);
  os::File(path).read_at(0, MutableByteView(bytes));
  CHECK(Container(os::File(path)).notices().empty());
  bytes[11] = std::byte{1};
  store_le(bytes.data() + 44, lookup3(ByteView(bytes).first(44)));
  os::File(path, os::File::Mode::kReadWrite).write_at(0, ByteView(bytes));
  const os::File file(path);
  const Container container(file);
  REQUIRE(container.notices().size() == 1);
  CHECK(container.notices()[0].find("its writer did not close it") != std::string::npos);
}

TEST_CASE("verify tells chunks that two datasets claim") {
  const TemporaryFolder folder;
  std::vector<std::int32_t> values(100, 5);
  const std::string path = made(folder, [&](hid_t file) {
    put(file, "x", H5T_STD_I32LE, {100}, H5P_DEFAULT, values.data());
    put(file, "y", H5T_STD_I32LE, {100}, H5P_DEFAULT, values.data());
  });
  const auto verified = [&] {
    const os::File file(path);
    versioned::Session session(file, versioned::Session::Needs::kAny);
    return versioned::verify_plain(session);
  };
  const versioned::PlainReport sound = verified();
  CHECK(sound.sound());
  CHECK(sound.datasets == 2);
  std::uint64_t at = 0, address = 0;
  {
    const os::File file(path);
    const Container container(file);
    const auto layout_of = [&](const char* name) {
      return ObjectHeader::read(container, *Group::find_path(container, name)).address();
    };
    address = Dataset(container, layout_of("x"), "x").layout().address;
    const std::uint64_t header = layout_of("y");
    const std::uint64_t own = Dataset(container, header, "y").layout().address;
    // The address stands in y's layout message: found by its value in the header's bytes.
    std::vector<std::byte> bytes(512);
    file.read_at(header, MutableByteView(bytes).first(std::min<std::uint64_t>(512, file.size() - header)));
    for (std::size_t i = 0; i + 8 <= bytes.size(); ++i) {
      if (load_le<std::uint64_t>(bytes.data() + i) == own) at = header + i;
    }
    REQUIRE(at > 0);
  }
  {
    os::File file(path, os::File::Mode::kReadWrite);
    std::vector<std::byte> bytes(8);
    store_le(bytes.data(), address);
    file.write_at(at, ByteView(bytes));
  }
  const versioned::PlainReport damaged = verified();
  CHECK_FALSE(damaged.sound());
}

}  // namespace
}  // namespace chunkmark::hdf5
