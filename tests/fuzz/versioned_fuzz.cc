// A versioned HDF5 file: its dump, which opens every version and reads every dataset.
#include "bytes/memory_file.h"
#include "fuzz.h"
#include "storage/versioned/dump.h"

using namespace chunkmark;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = fuzz::bytes(data, size);
  const bytes::MemoryFile file("input", {input.begin(), input.end()});
  try {
    versioned::VersionedFile versions(file);
    versioned::dump_file(versions, {.data = false, .budget_factor = 16, .budget_bytes = 1 << 20});
  } catch (const Error& error) {
    const bool has_no_versions = error.code() == ErrorCode::kNotFound;
    if (!has_no_versions && !fuzz::is_refusal(error)) throw;
  }
  return 0;
}
