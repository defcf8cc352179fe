// What a command will run, and whether it can be traced at all.
#pragma once

#include <string>

#include "native/trace/program_kind.h"

namespace chunkmark::trace {

// The file that `name` runs: itself if it has a slash, else the first executable of that name in PATH.
// Errors: kNotFound.
std::string find_program(const std::string& name);

// Whether a preload library can enter a program, and if not, why. A script's interpreter is looked at in its place.
ProgramKind kind_of_program(const std::string& path);

// One line for who wants to trace such a program: what it is, and what to do. `kind` is one with a reason.
std::string untraceable_text(const std::string& path, ProgramKind kind);

}  // namespace chunkmark::trace
