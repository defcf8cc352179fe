#include "native/study/version_bytes.h"

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "native/os/file.h"
#include "storage/hdf5_library/handle.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::native_study {
namespace {

using hdf5_library::Handle;

constexpr std::array kPaths{"key0", "key1", "val"};
constexpr std::uint64_t kElementBytes = 8;

struct Stored {
  std::uint64_t chunk_bytes = 0, padding_bytes = 0;
};

Handle open_dataset(const Handle& file, const std::string& path) {
  Handle dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose);
  if (dataset < 0) throw Error(ErrorCode::kIo, path + ": expected a dataset, found none");
  return dataset;
}

// How many elements of each chunk in raw_data, by its first row there, some version has at most.
std::map<std::uint64_t, std::uint64_t> elements_used(versioned::VersionedFile& versions, const std::string& path) {
  std::map<std::uint64_t, std::uint64_t> used;
  for (const versioned::VersionInfo& info : versions.versions()) {
    const versioned::VersionDataset dataset = versions.open(info.name).dataset(path);
    const hdf5::Mappings& mappings = dataset.mappings();
    for (std::size_t i = 0; i < mappings.size(); ++i) {
      std::uint64_t elements = 1;
      for (const std::uint64_t count : mappings.count(i)) elements *= count;
      std::uint64_t& most = used[mappings.source_start(i)[0]];
      most = std::max(most, elements);
    }
  }
  return used;
}

void add_raw_data(const Handle& file, versioned::VersionedFile& versions, const std::string& path, Stored& stored) {
  const Handle dataset = open_dataset(file, "/_version_data/" + path + "/raw_data");
  const std::map<std::uint64_t, std::uint64_t> used = elements_used(versions, path);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  hsize_t chunks = 0;
  if (H5Dget_num_chunks(dataset, space, &chunks) < 0) throw Error(ErrorCode::kIo, path + ": its chunks cannot be read");
  for (hsize_t i = 0; i < chunks; ++i) {
    std::array<hsize_t, H5S_MAX_RANK> start{};
    unsigned mask = 0;
    haddr_t address = 0;
    hsize_t bytes = 0;
    if (H5Dget_chunk_info(dataset, space, i, start.data(), &mask, &address, &bytes) < 0) {
      throw Error(ErrorCode::kIo, path + ": chunk " + std::to_string(i) + " cannot be read");
    }
    stored.chunk_bytes += bytes;
    const auto found = used.find(start[0]);
    const std::uint64_t held = found == used.end() ? 0 : kElementBytes * found->second;
    stored.padding_bytes += bytes - std::min<std::uint64_t>(bytes, held);
  }
}

void add_plain(const Handle& file, const std::string& path, Stored& stored) {
  const Handle dataset = open_dataset(file, path);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const std::uint64_t bytes = H5Dget_storage_size(dataset);
  const std::uint64_t held = kElementBytes * static_cast<std::uint64_t>(H5Sget_simple_extent_npoints(space));
  stored.chunk_bytes += bytes;
  stored.padding_bytes += bytes - std::min(bytes, held);
}

}  // namespace

json::object version_bytes(const std::string& path, bool versioned, bool compressed) {
  const std::uint64_t all = std::filesystem::file_size(path);
  Stored stored;
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (file < 0) throw Error(ErrorCode::kIo, path + ": expected an HDF5 file");
  if (versioned) {
    const os::File bytes(path);
    versioned::VersionedFile versions(bytes);
    for (const char* array : kPaths) add_raw_data(file, versions, array, stored);
  } else {
    for (const char* array : kPaths) add_plain(file, array, stored);
  }
  return {{"metadata_bytes", all - std::min(all, stored.chunk_bytes)},
          {"padding_bytes", compressed ? json::value(nullptr) : json::value(stored.padding_bytes)}};
}

}  // namespace chunkmark::native_study
