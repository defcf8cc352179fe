#include "import_fuzz.h"
#include "instrument/import/memray_capture.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return chunkmark::fuzz::import_one<chunkmark::imports::MemrayCapture>(data, size);
}
