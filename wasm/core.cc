// chunkmark-core: requests on captures.
#include "bridge.h"
#include "report/profile_methods.h"

namespace chunkmark::wasm {

const api::MethodTable& methods() {
  static const api::MethodTable table = [] {
    api::MethodTable made;
    report::add_profile_methods(made);
    return made;
  }();
  return table;
}

}  // namespace chunkmark::wasm
