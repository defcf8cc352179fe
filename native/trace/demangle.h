// Mangled names to what the programmer wrote, without arguments and hashes.
#pragma once

#include <string>

namespace chunkmark::trace {

// Names of C++ (Itanium ABI) and of Rust, in both of its manglings; any other text comes back as it is.
// C++ names lose their argument lists, Rust names their hashes. Safe for any text, in time and in memory.
std::string demangle(const char* name);

}  // namespace chunkmark::trace
