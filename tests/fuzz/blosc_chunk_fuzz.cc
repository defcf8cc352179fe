// A blosc chunk: decoding refuses or fills the memory, and touches nothing else.
#include "chunk.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chunkmark::fuzz::decode_chunk("blosc", data, size);
  return 0;
}
