// What a method of this module gives besides its answer: bytes at chunkmark_result() until the next call.
#pragma once

#include <cstddef>
#include <vector>

namespace chunkmark::wasm {

void set_result(std::vector<std::byte> bytes);

}  // namespace chunkmark::wasm
