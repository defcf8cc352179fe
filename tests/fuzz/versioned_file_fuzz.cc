// A whole versioned HDF5 file from outside: opened, dumped and verified.
#include "bytes/memory_file.h"
#include "fuzz.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/verify.h"

using namespace chunkmark;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = fuzz::bytes(data, size);
  const bytes::MemoryFile memory("input.h5", {input.begin(), input.end()});
  try {
    versioned::VersionedFile file(memory);
    versioned::DumpOptions options;
    options.data = size % 2 == 0;
    options.budget_factor = 16;
    options.budget_bytes = 1 << 16;
    json::serialize(dump_file(file, options));
    verify(file);
  } catch (const Error& error) {
    // Without versions in it, a file is refused as such.
    if (!fuzz::is_refusal(error) && error.code() != ErrorCode::kNotFound) throw;
  }
  return 0;
}
