// BufferSink: an object in one stretch of memory, for what must be there as a whole before it goes on.
//
// Owns its bytes, and keeps the memory for the next object (clear). commit() publishes nothing.
#pragma once

#include <cstring>
#include <utility>
#include <vector>

#include "bytes/sink.h"

namespace chunkmark::bytes {

class BufferSink final : public Sink {
 public:
  explicit BufferSink(std::string name = {}) : name_(std::move(name)) {}

  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::vector<std::byte> take() { return std::exchange(bytes_, {}); }
  void clear() { bytes_.clear(); }

  const std::string& name() const override { return name_; }
  using Sink::append;
  void append(std::span<const ByteView> runs) override {
    for (const ByteView run : runs) bytes_.insert(bytes_.end(), run.begin(), run.end());
  }
  void reserve(std::size_t bytes) override { bytes_.resize(bytes_.size() + bytes); }
  void patch_at(std::uint64_t offset, ByteView bytes) override {
    std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
  }
  void truncate(std::uint64_t size) override { bytes_.resize(static_cast<std::size_t>(size)); }
  void commit() override {}

 private:
  std::string name_;
  std::vector<std::byte> bytes_;
};

}  // namespace chunkmark::bytes
