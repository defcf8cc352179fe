#include "import_fuzz.h"
#include "instrument/import/dhat.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return chunkmark::fuzz::import_one<chunkmark::imports::Dhat>(data, size);
}
