// WriteThroughCache: a file that one writer has to itself, and comes back to the same few places of.
//
// A decorator of RandomAccess. Reads of up to kBlockBytes come from blocks of that size, of which kBlocks are kept;
// longer ones go straight to the caller's memory. Every write goes straight to the file, and into the blocks that it
// touches. Nobody else may write to the file meanwhile (the host's lock). Borrows the file. Memory: kBlocks *
// kBlockBytes. Not thread-safe, reads neither. Errors: those of the file; after one of a write, its blocks are
// forgotten.
#pragma once

#include <vector>

#include "bytes/random_access.h"

namespace chunkmark::bytes {

class WriteThroughCache final : public RandomAccess {
 public:
  static constexpr std::uint64_t kBlockBytes = 4096;
  static constexpr std::size_t kBlocks = 128;

  explicit WriteThroughCache(RandomAccess& file) : file_(file), blocks_(kBlocks) {}

  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }
  std::string identity() const override { return file_.identity(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;
  using RandomAccess::write_at;
  void write_at(std::uint64_t offset, std::span<const ByteView> runs) override;
  void truncate(std::uint64_t size) override;
  void sync() override { file_.sync(); }

 private:
  struct Block {
    std::uint64_t number = 0;
    std::vector<std::byte> bytes;  // fewer at the file's end; none where nothing is kept
  };
  // Each block has one place, so that nothing need be searched.
  Block& place(std::uint64_t number) const { return blocks_[number % kBlocks]; }
  const Block& load(std::uint64_t number, std::uint64_t needed) const;
  void read_small(std::uint64_t offset, MutableByteView run) const;
  void update(std::uint64_t offset, ByteView bytes);
  void forget(std::uint64_t offset, std::uint64_t size);

  RandomAccess& file_;
  mutable std::vector<Block> blocks_;
};

}  // namespace chunkmark::bytes
