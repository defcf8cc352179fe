// chunkmark-hdf5: requests on HDF5 files that the page has, with versions in them or without.
#include "host.h"
#include "requests/methods.h"
#include "storage.h"

namespace chunkmark::wasm {
namespace {

requests::Files& files() {
  static requests::Files open("file");
  return open;
}

std::unique_ptr<requests::OpenFile> open_file(std::uint64_t number) {
  return std::make_unique<requests::OpenFile>(host_file(number));
}

}  // namespace

requests::Result& result() {
  return files().result();
}

const api::MethodTable& methods() {
  static const api::MethodTable table = [] {
    api::MethodTable made;
    add_open_methods(made, "file", files(), open_file);
    requests::add_hdf5_methods(made, files());
    requests::add_commit_methods(made, files());
    return made;
  }();
  return table;
}

}  // namespace chunkmark::wasm
