#include "wasm/study/result.h"

#include <utility>

namespace chunkmark::wasm {
namespace {

std::vector<std::byte>& result() {
  static std::vector<std::byte> bytes;
  return bytes;
}

}  // namespace

void set_result(std::vector<std::byte> bytes) {
  result() = std::move(bytes);
}

}  // namespace chunkmark::wasm

extern "C" {

const std::byte* chunkmark_result() {
  return chunkmark::wasm::result().data();
}

std::size_t chunkmark_result_bytes() {
  return chunkmark::wasm::result().size();
}

void chunkmark_drop_result() {
  chunkmark::wasm::set_result({});
}

}  // extern "C"
