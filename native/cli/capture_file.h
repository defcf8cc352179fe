// What the commands that read captures have in common.
#pragma once

#include <string>
#include <utility>

#include "instrument/import/open_source.h"
#include "native/os/thread_lane.h"
#include "native/trace/capture_file.h"
#include "native/trace/loaded_modules.h"

namespace chunkmark::cli {

// A capture, or another tool's file.
inline capture::CaptureFile capture_file(const os::MappedFile& file, std::string name) {
  capture::CaptureFile opened = trace::capture_file(file, std::move(name));
  opened.open = imports::open_source;
  opened.lane = os::make_lane;
  opened.name_frames = trace::name_loaded_frames;
  return opened;
}

// The status of a command that has read a capture that is cut or damaged, after it has told what is known.
constexpr int kCaptureIncomplete = 1;
constexpr const char* kCaptureStatusHelp =
    "Exit status: 0; 1 if a capture is cut or damaged (what can be read is printed).";

}  // namespace chunkmark::cli
