// Reading a versioned file beside reading the same arrays from a plain file with the HDF5 library, interleaved, both
// warm.
//
//   versioned_read_bench VERSIONED.h5 PLAIN.h5 ROUNDS PATH...
//
// Prints one JSON object of lists of milliseconds. Each round opens the file anew. tests/bench/versioned_read.py makes
// the files and runs the Python libraries on them.
#include <hdf5.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "native/os/file.h"
#include "storage/versioned/versioned_file.h"

namespace {

using namespace chunkmark;

struct Buffers {
  std::vector<std::vector<std::byte>> of;
  MutableByteView get(std::size_t i, std::uint64_t bytes) {
    if (of.size() <= i) of.resize(i + 1);
    if (of[i].size() < bytes) of[i].resize(bytes);
    return MutableByteView(of[i]).first(bytes);
  }
};

double milliseconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// A tenth of the first axis, from the middle.
array::Region middle(const std::vector<std::uint64_t>& shape) {
  array::Region region = array::whole(shape);
  region.start[0] = shape[0] / 2;
  region.shape[0] = shape[0] / 10;
  return region;
}

void ours(const char* path, const std::vector<std::string>& names, bool part, Buffers& buffers) {
  const os::File file(path);
  versioned::VersionedFile versions(file);
  const versioned::Version latest = versions.open(versions.current_name());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const versioned::VersionDataset dataset = latest.dataset(names[i]);
    const array::Region region = part ? middle(dataset.shape()) : array::whole(dataset.shape());
    const MutableByteView bytes = buffers.get(i, array::element_count(region.shape) * dataset.element_bytes());
    dataset.read(region, array::Dest::dense(bytes.data(), dataset.dtype(), region.shape));
  }
}

void ours_all(const char* path, const std::vector<std::string>& names, Buffers& buffers) {
  const os::File file(path);
  versioned::VersionedFile versions(file);
  for (const versioned::VersionInfo& info : versions.versions()) {
    const versioned::Version version = versions.open(info.name);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const versioned::VersionDataset dataset = version.dataset(names[i]);
      dataset.read_bytes(buffers.get(i, dataset.count() * dataset.element_bytes()));
    }
  }
}

void plain(const char* path, const std::vector<std::string>& names, bool part, Buffers& buffers) {
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const hid_t dataset = H5Dopen2(file, names[i].c_str(), H5P_DEFAULT), type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    std::vector<hsize_t> dims(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    const std::vector<std::uint64_t> shape(dims.begin(), dims.end());
    const array::Region region = part ? middle(shape) : array::whole(shape);
    const std::vector<hsize_t> start(region.start.begin(), region.start.end());
    const std::vector<hsize_t> count(region.shape.begin(), region.shape.end());
    const hid_t memory = H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    void* into = buffers.get(i, array::element_count(region.shape) * H5Tget_size(type)).data();
    if (H5Dread(dataset, type, memory, part ? space : H5S_ALL, H5P_DEFAULT, into) < 0) std::abort();
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
  }
  H5Fclose(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: versioned_read_bench VERSIONED.h5 PLAIN.h5 ROUNDS PATH...\n");
    return 2;
  }
  const std::vector<std::string> names(argv + 4, argv + argc);
  const int rounds = std::atoi(argv[3]);
  Buffers a, b;
  json::array latest, latest_plain, region, region_plain, all;
  for (int round = -1; round < rounds; ++round) {  // the first round warms up
    const double times[] = {
        milliseconds([&] { ours(argv[1], names, false, a); }), milliseconds([&] { plain(argv[2], names, false, b); }),
        milliseconds([&] { ours(argv[1], names, true, a); }), milliseconds([&] { plain(argv[2], names, true, b); })};
    if (round < 0) continue;
    latest.push_back(times[0]);
    latest_plain.push_back(times[1]);
    region.push_back(times[2]);
    region_plain.push_back(times[3]);
    if (round < 3) all.push_back(milliseconds([&] { ours_all(argv[1], names, a); }));
  }
  // The last whole reads of both must be the same bytes, or the times mean nothing.
  ours(argv[1], names, false, a);
  plain(argv[2], names, false, b);
  if (a.of != b.of) {
    std::fprintf(stderr, "versioned_read_bench: the two files do not hold the same arrays\n");
    return 1;
  }
  const json::object result{{"latest", latest},
                            {"latest_plain", latest_plain},
                            {"region", region},
                            {"region_plain", region_plain},
                            {"all", all}};
  std::puts(json::serialize(result).c_str());
  return 0;
}
