// File: a local file as RandomAccess: pread and pwrite straight from and to the caller's bytes.
//
// No mapping, so that a file cut short by another program is an error and not a signal. Interrupted and partial calls
// are continued. Owns the descriptor; a moved-from File may only be destroyed. Reads are thread-safe; writing is for
// one thread. Errors: kNotFound, kIo "PATH: CALL: reason".
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "bytes/random_access.h"

namespace chunkmark::os {

class File final : public bytes::RandomAccess {
 public:
  enum class Mode {
    kRead,       // size() stays what it was: a reader sees the file as it was opened
    kReadWrite,  // a file that is there
    kCreate,     // empties a file that is there
    kCreateNew,  // kIo where the name is taken
    kScratch,    // empty, without a name, beside `path`: nobody else sees it, and it goes away with the object
  };

  // `name` is what messages call it; empty: the path.
  explicit File(const std::string& path, Mode mode = Mode::kRead, const std::string& name = "");
  ~File() override;
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;

  int fd() const { return fd_; }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override;

  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;
  using RandomAccess::write_at;
  void write_at(std::uint64_t offset, std::span<const ByteView> runs) override;
  void truncate(std::uint64_t bytes) override;
  // The file's data and size reach the disk. After a failure the file must be given up: the kernel may have dropped the
  // data already, and a second call would claim success.
  void sync() override;
  // Closes and reports what the kernel could only say now.
  void close();

 private:
  Mode mode_;
  std::string name_;
  int fd_ = -1;
  std::uint64_t size_ = 0;  // of kRead
};

// Throws kIo (kNotFound for ENOENT and ENOTDIR): "PATH: CALL: reason".
[[noreturn]] void throw_errno(const std::string& path, const char* call);

// A directory's entries reach the disk.
void sync_directory(const std::string& path);

}  // namespace chunkmark::os
