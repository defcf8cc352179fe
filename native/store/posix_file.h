// PosixFile: a local file as an hdf5::File.
//
// Reads with pread into the caller's bytes: no mapping, so that a file cut short by another program is an error and not
// a signal. Reading is thread-safe; writing is for one thread. Errors: kNotFound, kIo, with the path and the system's
// reason.
#pragma once

#include <string>

#include "native/os/file.h"
#include "storage/hdf5/file.h"

namespace chunkmark::store {

class PosixFile : public hdf5::File {
 public:
  enum class Mode { kRead, kReadWrite, kCreate };  // kCreate: empties a file that is there

  explicit PosixFile(std::string path, Mode mode = Mode::kRead);

  std::string name() const override { return file_.path(); }
  std::uint64_t size() const override { return mode_ == Mode::kRead ? size_ : file_.size(); }
  void read_at(std::uint64_t offset, MutableByteView into) const override;
  void write_at(std::uint64_t offset, ByteView bytes) override;
  void truncate(std::uint64_t bytes) override { file_.truncate(bytes); }
  void sync() override { file_.sync_data(); }

 private:
  Mode mode_;
  os::File file_;
  std::uint64_t size_ = 0;  // when opened for reading: a reader sees the file as it was then
};

}  // namespace chunkmark::store
