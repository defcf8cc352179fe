#include "native/os/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace chunkmark::os {

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

NewFile::NewFile(const std::filesystem::path& path) : path_(path) {
  std::error_code ignored;
  for (int links = 0; links < 40 && std::filesystem::is_symlink(path_, ignored); ++links) {
    path_ = path_.parent_path() / std::filesystem::read_symlink(path_, ignored);
  }
  if (std::filesystem::exists(path_, ignored) && !std::filesystem::is_regular_file(path_, ignored)) {
    const bool is_folder = std::filesystem::is_directory(path_, ignored);
    throw Error(ErrorCode::kInvalidArgument, path.string() + ": expected a file or a new name, found a " +
                                                 (is_folder ? "folder" : "device or pipe"));
  }
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path());
  temporary_ = path_.string() + "." + std::to_string(getpid()) + ".tmp";
}

NewFile::~NewFile() {
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
}

void NewFile::commit() {
  std::error_code failure;
  std::filesystem::rename(temporary_, path_, failure);
  if (failure) throw Error(ErrorCode::kIo, path_.string() + ": cannot write: " + failure.message());
  temporary_.clear();
}

bool NewFile::commit_if_absent() {
  // A hard link, unlike a rename, takes nothing's place. Some file systems have none.
  if (::link(temporary_.c_str(), path_.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
    throw Error(ErrorCode::kIo, path_.string() + ": cannot write: " + std::strerror(errno));
  if (std::filesystem::exists(path_)) return false;
  commit();
  return true;
}

void refuse_overwriting(const std::filesystem::path& input, const std::filesystem::path& output) {
  std::error_code ignored;
  if (std::filesystem::equivalent(input, output, ignored)) {
    throw Error(ErrorCode::kInvalidArgument, output.string() + ": expected another file than the one that is read");
  }
}

namespace {

void write_temporary(const NewFile& whole, const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(whole.temporary(), std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw Error(ErrorCode::kIo, path.string() + ": cannot write: " + std::strerror(errno));
}

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view text) {
  NewFile whole(path);
  write_temporary(whole, path, text);
  whole.commit();
}

bool write_file_if_absent(const std::filesystem::path& path, std::string_view text) {
  NewFile whole(path);
  write_temporary(whole, path, text);
  return whole.commit_if_absent();
}

}  // namespace chunkmark::os
