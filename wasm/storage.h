// What chunkmark-zarr and chunkmark-hdf5 have in common: requests name what is open by a number, and what a read gives
// lies at chunkmark_result() until the next one.
#pragma once

#include "bridge.h"
#include "requests/params.h"

namespace chunkmark::wasm {

// Of the module's workspace.
requests::Result& result();

// open.NAME {number}: what `make` makes of the number. close {number}.
template <class Object>
void add_open_methods(api::MethodTable& methods, const std::string& name, requests::Workspace<Object>& workspace,
                      std::unique_ptr<Object> (*make)(std::uint64_t number)) {
  methods["open." + name] = [&workspace, make](const json::object& params, ByteView) -> json::value {
    const requests::Number number = requests::number_of(params, "number");
    workspace.add(number, make(number));
    return json::object();
  };
  methods["close"] = [&workspace](const json::object& params, ByteView) -> json::value {
    workspace.close(requests::number_of(params, "number"));
    return json::object();
  };
}

}  // namespace chunkmark::wasm
