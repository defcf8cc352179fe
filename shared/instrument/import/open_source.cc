#include "instrument/import/open_source.h"

#include "instrument/capture/capture_reader.h"
#include "instrument/import/memray_capture.h"

namespace chunkmark::imports {

std::unique_ptr<capture::EventSource> open_source(capture::CaptureFile file) {
  file.open = nullptr;
  if (is_memray_capture(file.bytes)) return std::make_unique<MemrayCapture>(file);
  return std::make_unique<capture::CaptureReader>(std::move(file));
}

}  // namespace chunkmark::imports
