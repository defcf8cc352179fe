// Where the program finds itself and what was built beside it.
#pragma once

#include <filesystem>

namespace chunkmark::cli {

std::filesystem::path own_program();

// The bundled pages (report.html, site/) and the WebAssembly module: beside the program's folder in a build tree
// (../web, ../wasm), below ../share/chunkmark when installed. Errors: kNotFound, saying how to make them.
std::filesystem::path web_folder();
std::filesystem::path wasm_folder();

}  // namespace chunkmark::cli
