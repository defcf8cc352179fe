// What a command will run, and whether it can be traced at all.
#pragma once

#include <string>

namespace chunkmark::trace {

// The file that `name` runs: itself if it has a slash, else the first executable of that name in PATH.
// Errors: kNotFound.
std::string find_program(const std::string& name);

// Refuses what a preload library cannot enter: statically linked programs and set-user-ID ones, which the dynamic
// loader protects. Errors: kUnsupported, saying which and what to do.
void check_traceable(const std::string& program);

}  // namespace chunkmark::trace
