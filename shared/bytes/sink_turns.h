// SinkTurns: one sink, to which numbered pieces are appended in the order of their numbers while they are made beside
// each other.
//
// A piece whose turn it is goes straight through. Any other is held in memory until its turn, up to `held_bytes`, then
// waits; so that lanes which each make a piece at a time all work, half a piece apart, though no piece is held whole.
// Pieces must be begun in the order of their numbers, as an Executor does. A piece that ends without finish() ends
// those behind it, whose calls throw.
//
// Memory: `held_bytes` for each lane but one. Borrows the sink. Each Piece is for one thread. Errors: those of the
// sink.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "bytes/part.h"
#include "bytes/sink.h"

namespace chunkmark::bytes {

class SinkTurns {
 public:
  class Piece;

  // `begin`: how many bytes the sink has.
  SinkTurns(Sink& sink, std::uint64_t begin, unsigned lanes, std::size_t held_bytes)
      : sink_(sink), held_bytes_(held_bytes), free_(lanes > 1 ? lanes - 1 : 0), end_(begin) {}
  SinkTurns(const SinkTurns&) = delete;
  SinkTurns& operator=(const SinkTurns&) = delete;

 private:
  bool is_turn(std::uint64_t number) const { return next_ == number || failed_ < number; }

  Sink& sink_;
  std::size_t held_bytes_;
  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::vector<std::vector<std::byte>> free_;  // memory for pieces that are held
  std::uint64_t next_ = 0;                    // the piece whose turn it is
  std::uint64_t end_;
  std::uint64_t failed_ = ~std::uint64_t{0};  // the lowest that did
};

class SinkTurns::Piece final : public Sink {
 public:
  Piece(SinkTurns& turns, std::uint64_t number) : turns_(turns), number_(number) {}
  ~Piece() override;
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  const std::string& name() const override { return turns_.sink_.name(); }
  using Sink::append;
  void append(std::span<const ByteView> runs) override;
  void reserve(std::size_t bytes) override;
  void patch_at(std::uint64_t offset, ByteView bytes) override;
  void truncate(std::uint64_t size) override;
  void commit() override {}

  // Waits for its turn, and passes it on: where in the sink the piece is.
  Extent finish();

 private:
  bool holds(std::size_t bytes);
  void wait();
  void go_through();

  SinkTurns& turns_;
  std::uint64_t number_;
  std::optional<std::vector<std::byte>> held_;
  std::vector<Extent> reserved_;     // in held_, and not filled in
  std::optional<SinkPart> through_;  // since its turn
  std::uint64_t begin_ = 0;          // of through_
  bool finished_ = false;
};

}  // namespace chunkmark::bytes
