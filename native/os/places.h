// Where the program finds itself and what belongs to it.
//
// There are two layouts, and one function tells them apart: a build tree (build/native, with build/web and build/wasm
// beside it in the source tree), and an installation below any prefix. Everything is found from the program's own file,
// so that a prefix can be moved, staged, or reached through a symbolic link. Thread-safe.
#pragma once

#include <filesystem>
#include <optional>

namespace chunkmark::os {

// The program's file itself, whatever link it was started through.
std::filesystem::path own_program();

// Where the source is, seen from a build tree; nothing when installed.
std::optional<std::filesystem::path> source_tree();

// Errors of all: kNotFound, saying how to make what is missing.
std::filesystem::path web_folder();       // the bundled pages: report.html, site/
std::filesystem::path wasm_folder();      // the WebAssembly module: chunkmark-core.mjs, chunkmark-core.wasm
std::filesystem::path peers_folder();     // peer.py, the lock files, and venv.py, which installs the peers
std::filesystem::path preload_library();  // what the tracer loads into a program

}  // namespace chunkmark::os
