#include "native/trace/capture_file.h"

namespace chunkmark::trace {

capture::CaptureFile capture_file(const os::MappedFile& file, std::string name) {
  const auto forget = [&file, read = std::size_t{0}](std::size_t done) mutable {
    file.forget(read, done);
    read = done;
  };
  return {file.bytes(), std::move(name), forget};
}

}  // namespace chunkmark::trace
