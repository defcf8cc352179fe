// Symbols from outside: a name of bounded length, or none.
#include "fuzz.h"
#include "native/trace/rust_names.h"

using namespace chunkmark;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text(data, size);
  for (const auto& plain : {trace::demangle_rust_v0("_R" + std::string(text)), trace::demangle_rust(text)}) {
    if (plain && plain->size() > 2 * trace::kMaxRustNameBytes) __builtin_trap();
  }
  return 0;
}
