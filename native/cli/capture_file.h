// What the commands that read captures have in common.
#pragma once

#include "native/trace/capture_file.h"

namespace chunkmark::cli {

using trace::capture_file;

// The status of a command that has read a capture that is cut or damaged, after it has told what is known.
constexpr int kCaptureIncomplete = 1;
constexpr const char* kCaptureStatusHelp =
    "Exit status: 0; 1 if a capture is cut or damaged (what can be read is printed).";

}  // namespace chunkmark::cli
