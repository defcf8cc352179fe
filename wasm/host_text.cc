#include "wasm/host_text.h"

#include <emscripten.h>

// The text lies in memory that the caller frees.
// clang-format off
EM_JS(char*, chunkmark_host_text, (const char* method, double number, const char* key), {
  const text = Module["host"][UTF8ToString(method)](number, UTF8ToString(key));
  const bytes = lengthBytesUTF8(text) + 1;
  const at = _chunkmark_buffer(bytes);
  stringToUTF8(text, at, bytes);
  return at;
});
// clang-format on

extern "C" void chunkmark_release(void* buffer);

namespace chunkmark::wasm {

std::string host_text(const char* method, double number, const std::string& key) {
  char* const at = chunkmark_host_text(method, number, key.c_str());
  std::string text(at);
  chunkmark_release(at);
  return text;
}

}  // namespace chunkmark::wasm
