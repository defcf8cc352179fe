// What kind of program a file on disk is, with what its rights and the interpreters of scripts add to its bytes.
//
// Needs neither the C++ library nor memory: the preload library asks too, inside other people's processes.
#pragma once

#include "native/trace/program_kind.h"

namespace chunkmark::trace {

// `path` is seen from `folder`, a descriptor or AT_FDCWD; with an empty path, `folder` is the file itself. A script's
// interpreter is looked at in its place. kUnknown for what cannot be read.
ProgramKind kind_of_program_file(int folder, const char* path);

}  // namespace chunkmark::trace
