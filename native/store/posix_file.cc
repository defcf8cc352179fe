#include "native/store/posix_file.h"

#include <fcntl.h>

namespace chunkmark::store {

namespace {

int open_flags(PosixFile::Mode mode) {
  switch (mode) {
    case PosixFile::Mode::kRead:
      return O_RDONLY;
    case PosixFile::Mode::kReadWrite:
      return O_RDWR;
    default:
      return O_RDWR | O_CREAT | O_TRUNC;
  }
}

}  // namespace

PosixFile::PosixFile(std::string path, Mode mode)
    : mode_(mode), file_(std::move(path), open_flags(mode)), size_(file_.size()) {}

void PosixFile::read_at(std::uint64_t offset, MutableByteView into) const {
  file_.read_at(offset, std::span(&into, 1));
}

void PosixFile::write_at(std::uint64_t offset, ByteView bytes) {
  file_.write_at(offset, std::span(&bytes, 1));
}

}  // namespace chunkmark::store
