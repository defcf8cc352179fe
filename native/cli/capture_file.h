// A mapped capture that gives back its memory while it is read.
#pragma once

#include <string>

#include "native/cli/files.h"
#include "profile/capture_reader.h"

namespace chunkmark::cli {

// Borrows `file`. Each reader has a copy of its own and so begins at the front.
profile::CaptureFile capture_file(const MappedFile& file, std::string name);

}  // namespace chunkmark::cli
