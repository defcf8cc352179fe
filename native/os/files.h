// Whole files of the user: mapped for reading, written under a temporary name and renamed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace chunkmark::os {

// A file's bytes, mapped read-only while this object lives. Errors: kNotFound, kIo.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  ByteView bytes() const { return {data_, size_}; }

  // Gives back the memory of bytes `from` to `to`. They can be asked for again: the file is read again.
  void forget(std::size_t from, std::size_t to) const;

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// A file that takes the place of `path` when it is whole, and leaves nothing behind if it never is. A link is followed.
class NewFile {
 public:
  // Makes the folder. Errors: kInvalidArgument if something other than a regular file is there (a folder, a device).
  explicit NewFile(const std::filesystem::path& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Where to write it.
  const std::filesystem::path& temporary() const { return temporary_; }
  // Errors: kIo.
  void commit();
  // False, and nothing is written, if another process has made a file there meanwhile. Errors: kIo.
  bool commit_if_absent();

 private:
  std::filesystem::path path_, temporary_;
};

// Errors: kInvalidArgument if `output` is the file `input`.
void refuse_overwriting(const std::filesystem::path& input, const std::filesystem::path& output);

// Writes `text` as the whole content of `path`, making its folder; readers see the old or the new. Errors: kIo.
void write_file(const std::filesystem::path& path, std::string_view text);
// The same where nothing is at `path`; false where something is.
bool write_file_if_absent(const std::filesystem::path& path, std::string_view text);

}  // namespace chunkmark::os
