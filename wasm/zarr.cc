// chunkmark-zarr: requests on Zarr arrays, in stores that the page has or in this module's memory.
#include "host.h"
#include "requests/methods.h"
#include "storage.h"
#include "storage/store/memory_store.h"

namespace chunkmark::wasm {
namespace {

requests::Stores& stores() {
  static requests::Stores open("store");
  return open;
}

}  // namespace

requests::Result& result() {
  return stores().result();
}

const api::MethodTable& methods() {
  static const api::MethodTable table = [] {
    api::MethodTable made;
    add_open_methods(made, "store", stores(), host_store);
    made["open.memory"] = [](const json::object& params, ByteView) -> json::value {
      stores().add(requests::number_of(params, "number"), std::make_unique<store::MemoryStore>());
      return json::object();
    };
    requests::add_zarr_methods(made, stores());
    return made;
  }();
  return table;
}

}  // namespace chunkmark::wasm
