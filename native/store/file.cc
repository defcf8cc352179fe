#include "native/store/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"

namespace chunkmark::store {
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

File::File(std::string path, int flags, unsigned mode) : path_(std::move(path)) {
  do {
    fd_ = ::open(path_.c_str(), flags | O_CLOEXEC, mode);
  } while (fd_ < 0 && errno == EINTR);
  if (fd_ < 0) throw_errno(path_, "open");
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File::File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

std::uint64_t File::size() const {
  struct stat facts = {};
  if (::fstat(fd_, &facts) != 0) throw_errno(path_, "fstat");
  if (!S_ISREG(facts.st_mode)) throw Error(ErrorCode::kIo, path_ + ": expected a regular file");
  return static_cast<std::uint64_t>(facts.st_size);
}

void File::write_at(std::uint64_t offset, std::span<const ByteView> runs) {
  transfer_all(
      offset, runs, [&](const iovec* v, int n, off_t at) { return ::pwritev(fd_, v, n, at); },
      [&](ssize_t done, std::uint64_t) {
        if (done == 0) errno = EIO;  // POSIX leaves it open; a loop here would never end
        throw_errno(path_, "write");
      });
}

void File::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  constexpr std::uint64_t kMaxOffset = std::numeric_limits<off_t>::max();
  std::uint64_t wanted = offset;
  for (const MutableByteView run : runs) wanted = std::max(wanted, wanted + run.size());
  const auto too_short = [&] {
    return Error(ErrorCode::kCorrupt,
                 path_ + ": expected " + std::to_string(wanted) + " bytes, found " + std::to_string(size()));
  };
  // The kernel would call it an invalid argument; but such an offset comes from what another file says of this one.
  if (wanted > kMaxOffset) throw too_short();
  transfer_all(
      offset, runs, [&](const iovec* v, int n, off_t at) { return ::preadv(fd_, v, n, at); },
      [&](ssize_t done, std::uint64_t) {
        if (done < 0) throw_errno(path_, "read");
        throw too_short();
      });
}

void File::truncate(std::uint64_t bytes) {
  if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) throw_errno(path_, "truncate");
}

void File::sync_data() {
  if (::fdatasync(fd_) != 0) throw_errno(path_, "fdatasync");
}

void File::close() {
  // On Linux the descriptor is gone even when close fails.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) throw_errno(path_, "close");
}

void sync_directory(const std::string& path) {
  const File directory(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.fd()) != 0) throw_errno(path, "fsync");
}

}  // namespace chunkmark::store
