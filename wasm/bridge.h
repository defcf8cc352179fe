// What each module adds to the bridge: its own table of methods.
#pragma once

#include "api/api.h"

namespace chunkmark::wasm {

const api::MethodTable& methods();

}  // namespace chunkmark::wasm
