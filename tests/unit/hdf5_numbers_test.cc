// Numbers of any precision, order and layout of bits, in files that the HDF5 library writes: read as it reads them.
#include <hdf5.h>

#include <map>

#include "native/os/file.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/session.h"
#include "unit/hdf5_made_file.h"

namespace chunkmark::hdf5 {
namespace {

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
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 5);
  const auto types_of = [&](hid_t little, hid_t big) {
    const hsize_t three[] = {3};
    const hid_t array = H5Tarray_create2(little, 1, three), compound = H5Tcreate(H5T_COMPOUND, 28);
    H5Tinsert(compound, "a", 0, big);
    H5Tinsert(compound, "b", 4, array);
    H5Tinsert(compound, "c", 17, H5T_IEEE_F32LE);
    H5Tinsert(compound, "d", 21, H5T_STD_U8LE);
    H5Tinsert(compound, "e", 23, text);
    return std::map<std::string, hid_t>{
        {"little", little}, {"big", big}, {"array", array}, {"compound", compound}, {"whole", H5T_STD_I32LE}};
  };
  const auto types = types_of(number(H5T_STD_U32LE, 17, 5), number(H5T_STD_I32BE, 11, 13));
  const auto read_as = types_of(H5T_STD_U32LE, H5T_STD_I32BE);
  const std::string path = made(folder, [&](hid_t file) {
    for (const auto& [name, type] : types) {
      const hid_t creation = chunked({7});
      H5Pset_nbit(creation);
      put(file, name.c_str(), type, {values.size() * 4 / 28}, creation, values.data());
      H5Pclose(creation);
    }
  });
  for (const auto& [name, type] : read_as) {
    CAPTURE(name);
    CHECK((read(path, name) == read_by_library(path, name, type)));
  }
}

TEST_CASE("floats that NumPy has not are told in words, and read as their bytes") {
  const TemporaryFolder folder;
  const float values[] = {1, -2.5, 0, 3.140625, 1e-3f, -65504};
  const hid_t brain = H5Tcopy(H5T_IEEE_F32BE);  // bfloat16
  H5Tset_fields(brain, 15, 7, 8, 0, 7);
  H5Tset_precision(brain, 16);
  H5Tset_size(brain, 2);
  const hid_t padded = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(padded, 26, 20, 6, 3, 17);
  H5Tset_ebias(padded, 31);
  const std::string path = made(folder, [&](hid_t file) {
    const hsize_t six[] = {6};
    const hid_t space = H5Screate_simple(1, six, nullptr);
    for (const auto& [name, type] : std::map<std::string, hid_t>{{"brain", brain}, {"padded", padded}}) {
      const hid_t dataset = H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      REQUIRE(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
      H5Dclose(dataset);
    }
    H5Sclose(space);
  });
  versioned::DumpOptions options;
  options.data = true;
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny);
  const json::object datasets = dump_plain_file(session, options).at("datasets").get_object();
  for (const auto& [name, dtype] : {std::pair{"brain", "|V2"}, {"padded", "|V4"}}) {
    CAPTURE(name);
    const json::object& told = datasets.at(std::string("/") + name).get_object();
    CHECK(told.at("dtype") == dtype);
    CHECK((read(path, name) == read_by_library(path, name)));
    std::vector<double> by_library(6);
    const hid_t opened = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT),
                dataset = H5Dopen2(opened, name, H5P_DEFAULT);
    REQUIRE(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, by_library.data()) >= 0);
    H5Dclose(dataset);
    H5Fclose(opened);
    CHECK(told.at("data") == json::value_from(by_library));
  }
  CHECK(datasets.at("/brain").at("type") == "float of 8 bits of exponent and 7 of fraction");
}

}  // namespace
}  // namespace chunkmark::hdf5
