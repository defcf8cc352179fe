// MemoryFile: a File whose bytes are in memory: files dropped on a page, tests, fuzzing.
//
// Owns its bytes. view() never copies. Not thread-safe while written.
#pragma once

#include <cstring>
#include <utility>
#include <vector>

#include "storage/hdf5/file.h"

namespace chunkmark::hdf5 {

class MemoryFile : public File {
 public:
  MemoryFile(std::string name, std::vector<std::byte> bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}

  std::string name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read_at(std::uint64_t offset, MutableByteView into) const override {
    const ByteView from = view(offset, into.size());
    if (!into.empty()) std::memcpy(into.data(), from.data(), into.size());
  }
  ByteView view(std::uint64_t offset, std::uint64_t size) const override {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      throw Error(ErrorCode::kIo, name_ + ": " + std::to_string(size) + " bytes at " + std::to_string(offset) +
                                      ": the file has " + std::to_string(bytes_.size()));
    }
    return ByteView(bytes_).subspan(offset, size);
  }
  void write_at(std::uint64_t offset, ByteView bytes) override {
    if (offset + bytes.size() > bytes_.size()) bytes_.resize(offset + bytes.size());
    if (!bytes.empty()) std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
  }
  void truncate(std::uint64_t size) override { bytes_.resize(size); }
  void sync() override {}

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::string name_;
  std::vector<std::byte> bytes_;
};

}  // namespace chunkmark::hdf5
