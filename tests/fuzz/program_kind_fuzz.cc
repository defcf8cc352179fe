// Programs from outside: whatever the bytes, the look at them ends, stays within them, and names an interpreter within
// them.
#include <cstdlib>
#include <vector>

#include "fuzz.h"
#include "native/trace/program_kind.h"

using namespace chunkmark::trace;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<unsigned char> bytes(data, data + size);  // with its end where a sanitizer sees it
  const Program program = look_at_program(bytes.data(), bytes.size());
  if (program.kind == ProgramKind::kScript) {
    const auto* begin = reinterpret_cast<const unsigned char*>(program.interpreter);
    if (program.interpreter_bytes == 0 || begin < bytes.data() ||
        begin + program.interpreter_bytes > bytes.data() + size)
      std::abort();
  }
  if (refuses_library(program.kind) && reason_text(program.kind) == nullptr) std::abort();
  return 0;
}
