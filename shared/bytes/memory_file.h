// MemoryFile: bytes in this process's memory: files dropped on a page, tests, fuzzing.
//
// Owns its bytes. view() never copies. Writing past the end fills the gap with zeros.
#pragma once

#include <cstring>
#include <utility>
#include <vector>

#include "bytes/random_access.h"

namespace chunkmark::bytes {

class MemoryFile : public RandomAccess {
 public:
  MemoryFile(std::string name, std::vector<std::byte> bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }

  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    for (const MutableByteView run : runs) {
      const ByteView from = view(offset, run.size());
      if (!run.empty()) std::memcpy(run.data(), from.data(), run.size());
      offset += run.size();
    }
  }

  ByteView view(std::uint64_t offset, std::uint64_t size) const override {
    check_range(name_, offset, size, bytes_.size());
    return ByteView(bytes_).subspan(offset, size);
  }

  using RandomAccess::write_at;
  void write_at(std::uint64_t offset, std::span<const ByteView> runs) override {
    const std::uint64_t end = offset + total_bytes(runs);
    if (end > bytes_.size()) bytes_.resize(end);
    for (const ByteView run : runs) {
      if (!run.empty()) std::memcpy(bytes_.data() + offset, run.data(), run.size());
      offset += run.size();
    }
  }

  void truncate(std::uint64_t size) override { bytes_.resize(size); }
  void sync() override {}

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::string name_;
  std::vector<std::byte> bytes_;
};

}  // namespace chunkmark::bytes
