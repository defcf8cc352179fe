// A mapped capture that gives back its memory while it is read.
#pragma once

#include <string>

#include "instrument/capture/capture_reader.h"
#include "native/os/files.h"

namespace chunkmark::cli {

// The status of a command that has read a capture that is cut or damaged, after it has told what is known.
constexpr int kCaptureIncomplete = 1;
constexpr const char* kCaptureStatusHelp =
    "Exit status: 0; 1 if a capture is cut or damaged (what can be read is printed).";

// Borrows `file`. Each reader has a copy of its own and so begins at the front.
capture::CaptureFile capture_file(const os::MappedFile& file, std::string name);

}  // namespace chunkmark::cli
