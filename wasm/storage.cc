#include "storage.h"

extern "C" {

const std::byte* chunkmark_result() {
  return chunkmark::wasm::result().bytes().data();
}

std::size_t chunkmark_result_bytes() {
  return chunkmark::wasm::result().bytes().size();
}

void chunkmark_drop_result() {
  chunkmark::wasm::result().drop();
}

}  // extern "C"
