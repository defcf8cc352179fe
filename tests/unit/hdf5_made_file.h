// Small HDF5 files that the library writes for a test, and their datasets as this reader and as the library read them.
#pragma once

#include <hdf5.h>

#include <functional>
#include <string>
#include <vector>

#include "native/os/file.h"
#include "storage/versioned/session.h"
#include "storage/versioned/versioned_file.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::hdf5 {

using Make = std::function<void(hid_t file)>;

// A file of the newest format that the library writes, with what `make` puts into it.
inline std::string made(const TemporaryFolder& folder, const Make& make, hid_t creation = H5P_DEFAULT,
                        const char* name = "made.h5") {
  const std::string path = (folder.path() / name).string();
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
  REQUIRE(file >= 0);
  make(file);
  H5Fclose(file);
  H5Pclose(access);
  return path;
}

inline void put(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& dims, hid_t creation,
                const void* data) {
  const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
  const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  REQUIRE(dataset >= 0);
  if (data != nullptr) REQUIRE(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
}

inline hid_t chunked(const std::vector<hsize_t>& chunk) {
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  return creation;
}

// What a dataset holds, in the file's own type or another one: by this reader, and by the library.
inline std::vector<std::byte> read(const std::string& path, const std::string& name,
                                   const OtherFiles* others = nullptr) {
  const os::File file(path);
  versioned::Session session(file, versioned::Session::Needs::kAny, others);
  const versioned::VersionDataset dataset(session, session.find("/" + name).value(), name);
  std::vector<std::byte> bytes(static_cast<std::size_t>(dataset.count() * dataset.element_bytes()));
  dataset.read_bytes(bytes);
  return bytes;
}
inline std::vector<std::byte> read_by_library(const std::string& path, const std::string& name, hid_t as = -1) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, name.c_str(), H5P_DEFAULT), type = H5Dget_type(dataset),
              space = H5Dget_space(dataset);
  std::vector<std::byte> bytes(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) * H5Tget_size(type));
  REQUIRE(H5Dread(dataset, as < 0 ? type : as, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) >= 0);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(dataset);
  H5Fclose(file);
  return bytes;
}

}  // namespace chunkmark::hdf5
