// Reading plain datasets beside the HDF5 C library, in pairs, both warm.
//
//   plain_read_bench FILE.h5 PATH ROUNDS    milliseconds of both, as one JSON object of two lists
//   plain_read_bench FILE.h5 PATH           reads it once, between marks for the tracer; prints the array's bytes
//
// Each reading opens the file anew, and reads the whole dataset into memory that is there. We use the threads that
// `chunkmark copies` uses, the library its one. tests/bench/plain_read.py makes the files and runs h5py on them.
#include <hdf5.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "native/os/file.h"
#include "native/os/thread_executor.h"
#include "native/study/mark.h"
#include "storage/hdf5/dataset.h"
#include "storage/hdf5/group.h"

namespace {

using namespace chunkmark;

using Buffer = std::vector<std::byte>;

double milliseconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

hdf5::Dataset open(const hdf5::Container& container, const char* path) {
  const auto address = hdf5::Group::find_path(container, path);
  if (!address) {
    std::fprintf(stderr, "plain_read_bench: nothing at %s\n", path);
    std::exit(1);
  }
  return hdf5::Dataset(container, *address, path);
}

void ours(const char* file_path, const char* path, Executor& executor, Buffer& into) {
  const os::File file(file_path);
  const hdf5::Container container(file);
  hdf5::Dataset dataset = open(container, path);
  const std::vector<std::uint64_t>& shape = dataset.space().dims;
  dataset.read(array::whole(shape), array::Dest::dense(into.data(), dataset.dtype(), shape), executor);
}

void library(const char* file_path, const char* path, Buffer& into) {
  const hid_t file = H5Fopen(file_path, H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT), type = H5Dget_type(dataset);
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, into.data()) < 0) std::abort();
  H5Tclose(type);
  H5Dclose(dataset);
  H5Fclose(file);
}

std::size_t array_bytes(const char* file_path, const char* path) {
  const os::File file(file_path);
  const hdf5::Container container(file);
  const hdf5::Dataset dataset = open(container, path);
  return dataset.space().count() * dataset.element_bytes();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: plain_read_bench FILE.h5 PATH [ROUNDS]\n");
    return 2;
  }
  os::ThreadExecutor executor(std::max(1u, std::thread::hardware_concurrency()));
  Buffer a(array_bytes(argv[1], argv[2]));
  if (argc == 3) {
    native_study::set_mark("begin");
    ours(argv[1], argv[2], executor, a);
    native_study::set_mark("end");
    std::printf("%zu\n", a.size());
    return 0;
  }
  Buffer b(a.size());
  json::array our_times, library_times;
  for (int round = -1; round < std::atoi(argv[3]); ++round) {  // the first round warms up
    const double us = milliseconds([&] { ours(argv[1], argv[2], executor, a); });
    const double them = milliseconds([&] { library(argv[1], argv[2], b); });
    if (round < 0) continue;
    our_times.push_back(us);
    library_times.push_back(them);
  }
  if (a != b) {  // or the times mean nothing
    std::fprintf(stderr, "plain_read_bench: %s: the two do not read the same\n", argv[2]);
    return 1;
  }
  std::puts(json::serialize(json::object{{"ours", our_times}, {"library", library_times}}).c_str());
  return 0;
}
