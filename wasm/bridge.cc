// The bridge from JavaScript to api: three C functions, and nothing that api does not say already.
//
//   request and data are put into buffers of the module (one copy into the heap), the response is a NUL-terminated
//   JSON text that stays valid until the next call. An error is in it: {"error": {"code", "message"}}.
#include "bridge.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" {

// A buffer of `bytes` for a request or its data; null if there is no memory.
void* chunkmark_buffer(std::size_t bytes) {
  return std::malloc(bytes > 0 ? bytes : 1);
}

void chunkmark_release(void* buffer) {
  std::free(buffer);
}

// `request`: NUL-terminated JSON. `data`: data_bytes bytes, borrowed for the call.
const char* chunkmark_call(const char* request, const std::uint8_t* data, std::size_t data_bytes) {
  static std::string response;
  response = chunkmark::api::handle(chunkmark::wasm::methods(), request,
                                    {reinterpret_cast<const std::byte*>(data), data_bytes})
                 .json;
  return response.c_str();
}

}  // extern "C"
