// File: an open file descriptor and the positioned calls on it, each complete or an Error.
//
// Owns the descriptor. Positioned calls may be made from several threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace chunkmark::os {

class File {
 public:
  File() = default;
  // `flags` and `mode` as of open(2). Errors: as throw_errno.
  File(std::string path, int flags, unsigned mode = 0666);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

  // Size of a regular file. Errors: kIo for anything else.
  std::uint64_t size() const;

  // Straight from and to the runs, in order. Interrupted and partial calls are continued; a read that meets
  // the end of the file is kCorrupt "PATH: expected N bytes, found M".
  void write_at(std::uint64_t offset, std::span<const ByteView> runs);
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const;

  void truncate(std::uint64_t bytes);
  // The file's data and size reach the disk. After a failure the file must be given up: the kernel may have
  // dropped the data already and a second call would claim success.
  void sync_data();
  // Closes and reports what the kernel could only say now.
  void close();

 private:
  std::string path_;
  int fd_ = -1;
};

// Throws kIo (kNotFound for ENOENT and ENOTDIR): "PATH: CALL: reason".
[[noreturn]] void throw_errno(const std::string& path, const char* call);

// A directory's entries reach the disk.
void sync_directory(const std::string& path);

}  // namespace chunkmark::os
