#include "native/os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include "base/error.h"

namespace chunkmark::os {
namespace {

// Descriptors of runs given to the kernel at a time; well below IOV_MAX (1024), 4 KiB of stack.
constexpr std::size_t kVectors = 256;

// Calls transfer(vectors, count, offset) until all runs are done, from the place where each call stopped. A
// call that transfers nothing makes `ended(offset)` throw.
template <typename Run, typename Transfer, typename Ended>
void transfer_all(std::uint64_t offset, std::span<const Run> runs, Transfer transfer, Ended ended) {
  std::array<iovec, kVectors> vectors;
  std::size_t run = 0;
  std::size_t within = 0;  // bytes of `run` that are done
  while (true) {
    std::size_t count = 0;
    std::size_t skip = within;
    for (std::size_t i = run; i < runs.size() && count < kVectors; ++i) {
      if (runs[i].size() > skip) {
        void* const data = const_cast<std::byte*>(runs[i].data() + skip);
        vectors[count++] = {data, runs[i].size() - skip};
      }
      skip = 0;
    }
    if (count == 0) return;
    const ssize_t done = transfer(vectors.data(), static_cast<int>(count), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) ended(done, offset);
    offset += static_cast<std::uint64_t>(done);
    for (std::size_t left = static_cast<std::size_t>(done); run < runs.size();) {
      const std::size_t rest = runs[run].size() - within;
      if (left < rest) {
        within += left;
        break;
      }
      left -= rest;
      within = 0;
      ++run;
    }
  }
}

}  // namespace

void throw_errno(const std::string& path, const char* call) {
  const int reason = errno;
  throw Error(reason == ENOENT || reason == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo,
              path + ": " + call + ": " + std::strerror(reason));
}

namespace {

// O_NONBLOCK: opening a pipe for reading must not wait for a writer; size() then refuses it.
int flags_of(File::Mode mode) {
  switch (mode) {
    case File::Mode::kRead:
      return O_RDONLY | O_NONBLOCK;
    case File::Mode::kReadWrite:
      return O_RDWR;
    case File::Mode::kCreate:
      return O_RDWR | O_CREAT | O_TRUNC;
    case File::Mode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
    case File::Mode::kScratch:
      break;  // open_scratch()
  }
  return O_RDONLY;
}

int open_once(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

int open_descriptor(const std::string& path, int flags) {
  const int fd = open_once(path, flags);
  if (fd < 0) throw_errno(path, "open");
  return fd;
}

// Where the file system has no files without names (NFS), one loses its name at once.
int open_scratch(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  int fd = open_once(folder.empty() ? "." : folder, O_RDWR | O_TMPFILE);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    std::string name = path + "-XXXXXX";
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) ::unlink(name.c_str());
  }
  if (fd < 0) throw_errno(path, "make a scratch file");
  return fd;
}

// Errors: kIo for anything but a regular file.
std::uint64_t size_of(int fd, const std::string& name) {
  struct stat facts = {};
  if (::fstat(fd, &facts) != 0) throw_errno(name, "fstat");
  if (!S_ISREG(facts.st_mode)) throw Error(ErrorCode::kIo, name + ": expected a regular file");
  return static_cast<std::uint64_t>(facts.st_size);
}

}  // namespace

File::File(const std::string& path, Mode mode, const std::string& name)
    : mode_(mode),
      name_(name.empty() ? path : name),
      fd_(mode == Mode::kScratch ? open_scratch(path) : open_descriptor(path, flags_of(mode))) {
  try {
    size_ = size_of(fd_, name_);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File::File(File&& other) noexcept
    : mode_(other.mode_), name_(std::move(other.name_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

std::uint64_t File::size() const {
  return mode_ == Mode::kRead ? size_ : size_of(fd_, name_);
}

void File::write_at(std::uint64_t offset, std::span<const ByteView> runs) {
  transfer_all(
      offset, runs, [&](const iovec* v, int n, off_t at) { return ::pwritev(fd_, v, n, at); },
      [&](ssize_t done, std::uint64_t) {
        if (done == 0) errno = EIO;  // POSIX leaves it open; a loop here would never end
        throw_errno(name_, "write");
      });
}

void File::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  constexpr std::uint64_t kMaxOffset = std::numeric_limits<off_t>::max();
  const std::uint64_t wanted = std::max(offset, offset + bytes::total_bytes(runs));  // a sum past the end wraps
  const auto too_short = [&] {
    return Error(ErrorCode::kCorrupt,
                 name_ + ": expected " + std::to_string(wanted) + " bytes, found " + std::to_string(size()));
  };
  // The kernel would call it an invalid argument; but such an offset comes from what another file says of this one.
  if (wanted > kMaxOffset) throw too_short();
  transfer_all(
      offset, runs, [&](const iovec* v, int n, off_t at) { return ::preadv(fd_, v, n, at); },
      [&](ssize_t done, std::uint64_t) {
        if (done < 0) throw_errno(name_, "read");
        throw too_short();
      });
}

void File::truncate(std::uint64_t bytes) {
  if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) throw_errno(name_, "truncate");
}

void File::sync() {
  if (::fdatasync(fd_) != 0) throw_errno(name_, "fdatasync");
}

void File::close() {
  // On Linux the descriptor is gone even when close fails.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) throw_errno(name_, "close");
}

void sync_directory(const std::string& path) {
  const int fd = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  const bool synced = ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  errno = reason;
  if (!synced) throw_errno(path, "fsync");
}

}  // namespace chunkmark::os
