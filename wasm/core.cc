// chunkmark-core: requests on captures.
#include <emscripten.h>

#include "bridge.h"
#include "report/profile_methods.h"

// clang-format off
EM_JS(void, chunkmark_progress, (double bytes), {
  if (Module["progress"]) Module["progress"](bytes);
});
// clang-format on

namespace chunkmark::wasm {

const api::MethodTable& methods() {
  static const api::MethodTable table = [] {
    api::MethodTable made;
    report::add_profile_methods(made, [](std::size_t bytes) { chunkmark_progress(static_cast<double>(bytes)); });
    return made;
  }();
  return table;
}

}  // namespace chunkmark::wasm
