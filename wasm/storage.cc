// chunkmark-storage: requests on arrays, in files and stores that the page has, or in this module's memory.
//
// Besides the bridge: what a read gives lies at chunkmark_result() until the next call.
#include "bridge.h"
#include "host.h"
#include "requests/methods.h"
#include "requests/params.h"
#include "storage/store/memory_store.h"

namespace chunkmark::wasm {
namespace {

requests::Workspace& workspace() {
  static requests::Workspace made;
  return made;
}

// open.file {number}, open.store {number}: of the page. open.memory {number}: a store in this module. close {number}.
void add_open_methods(api::MethodTable& methods) {
  methods["open.file"] = [](const json::object& params, ByteView) -> json::value {
    const requests::Number number = requests::number_of(params, "number");
    workspace().add_file(number, host_file(number));
    return json::object();
  };
  methods["open.store"] = [](const json::object& params, ByteView) -> json::value {
    const requests::Number number = requests::number_of(params, "number");
    workspace().add_store(number, host_store(number));
    return json::object();
  };
  methods["open.memory"] = [](const json::object& params, ByteView) -> json::value {
    workspace().add_store(requests::number_of(params, "number"), std::make_unique<store::MemoryStore>());
    return json::object();
  };
  methods["close"] = [](const json::object& params, ByteView) -> json::value {
    workspace().close(requests::number_of(params, "number"));
    return json::object();
  };
}

}  // namespace

const api::MethodTable& methods() {
  static const api::MethodTable table = [] {
    api::MethodTable made;
    add_open_methods(made);
    requests::add_hdf5_methods(made, workspace());
    requests::add_commit_methods(made, workspace());
    requests::add_zarr_methods(made, workspace());
    return made;
  }();
  return table;
}

}  // namespace chunkmark::wasm

extern "C" {

const std::byte* chunkmark_result() {
  return chunkmark::wasm::workspace().result().data();
}

std::size_t chunkmark_result_bytes() {
  return chunkmark::wasm::workspace().result().size();
}

void chunkmark_drop_result() {
  chunkmark::wasm::workspace().drop_result();
}

}  // extern "C"
