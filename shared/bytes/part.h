// SinkPart, ObjectPart: a stretch of a larger object as an object of its own: one inner chunk of a shard, say.
//
// Both borrow the whole, and count offsets from the part's begin. Nothing is copied.
#pragma once

#include "bytes/random_access.h"
#include "bytes/sink.h"

namespace chunkmark::bytes {

// What is appended from now on, to a sink that has `begin` bytes. Publishes nothing by itself.
class SinkPart final : public Sink {
 public:
  SinkPart(Sink& whole, std::uint64_t begin) : whole_(whole), begin_(begin) {}

  std::uint64_t size() const { return size_; }

  const std::string& name() const override { return whole_.name(); }
  using Sink::append;
  void append(std::span<const ByteView> runs) override {
    whole_.append(runs);
    size_ += total_bytes(runs);
  }
  void reserve(std::size_t bytes) override {
    whole_.reserve(bytes);
    size_ += bytes;
  }
  void patch_at(std::uint64_t offset, ByteView bytes) override { whole_.patch_at(begin_ + offset, bytes); }
  void truncate(std::uint64_t size) override {
    whole_.truncate(begin_ + size);
    size_ = size;
  }
  void commit() override {}

 private:
  Sink& whole_;
  std::uint64_t begin_;
  std::uint64_t size_ = 0;
};

// [begin, begin + size), which must lie within the whole. Errors: kCorrupt.
class ObjectPart final : public RandomAccess {
 public:
  ObjectPart(const RandomAccess& whole, std::string name, std::uint64_t begin, std::uint64_t size)
      : whole_(whole), name_(std::move(name)), begin_(begin), size_(size) {
    check_range(whole.name(), begin, size, whole.size());
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    check_range(name_, offset, total_bytes(runs), size_);
    whole_.read_at(begin_ + offset, runs);
  }
  ByteView view(std::uint64_t offset, std::uint64_t size) const override {
    check_range(name_, offset, size, size_);
    return whole_.view(begin_ + offset, size);
  }

 private:
  const RandomAccess& whole_;
  std::string name_;
  std::uint64_t begin_, size_;
};

}  // namespace chunkmark::bytes
