#include "native/cli/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace chunkmark::cli {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, path.string() + ": " + std::strerror(errno));
  }
  struct stat status;
  const bool readable = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  if (readable && status.st_size > 0) {
    void* mapped = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped != MAP_FAILED) {
      data_ = static_cast<const std::byte*>(mapped);
      size_ = static_cast<std::size_t>(status.st_size);
    }
  }
  close(file);
  if (!readable || (status.st_size > 0 && data_ == nullptr)) {
    throw Error(ErrorCode::kIo, path.string() + ": expected a regular file that can be read");
  }
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::forget(std::size_t from, std::size_t to) const {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t first = from / page * page, last = to / page * page;
  if (last > first) madvise(const_cast<std::byte*>(data_) + first, last - first, MADV_DONTNEED);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  const std::filesystem::path temporary = path.string() + "." + std::to_string(getpid()) + ".tmp";
  {
    std::ofstream file(temporary, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) {
      const std::string reason = std::strerror(errno);  // before anything else has one
      std::filesystem::remove(temporary);
      throw Error(ErrorCode::kIo, path.string() + ": cannot write: " + reason);
    }
  }
  std::filesystem::rename(temporary, path);
}

}  // namespace chunkmark::cli
