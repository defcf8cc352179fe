// Whether a module carries an allocator of its own, whose blocks pass no hook.
#pragma once

#include <string>

namespace chunkmark::trace {

// "jemalloc", "mimalloc", "tcmalloc", "an allocator of its own" (a program that defines malloc itself), or empty: none,
// or one that hooks stand before (a library that defines malloc). `path`: a file that maps memory itself; one that is
// not there, or no ELF file, has none.
std::string own_allocator(const std::string& path);

}  // namespace chunkmark::trace
