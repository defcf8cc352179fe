// ChunkWriter: the touched chunks of staged datasets go into raw_data, each new one with a row of the hash table; those
// that any version has already are found by their hash.
//
// A commit calls hash(), add_rows() for each dataset, write(). Chunks of all datasets are hashed beside each other, and
// encoded beside each other, in the lanes of the executor; where a chunk's bytes go does not depend on how many there
// are.
//
// Internal to this room: a part of Writer. Borrows journal, engine and executor. Owns scratch of a few chunks for each
// lane. Not thread-safe.
#pragma once

#include <functional>
#include <span>

#include "base/executor.h"
#include "bytes/journal.h"
#include "storage/hdf5/encoders.h"
#include "storage/versioned/commit_engine.h"
#include "storage/versioned/staged_dataset.h"

namespace chunkmark::versioned {

// Called while chunks are encoded and written, once at a time, by any of the executor's threads.
using Progress = std::function<void(std::uint64_t done, std::uint64_t chunks)>;

class ChunkWriter {
 public:
  // `base`: where the file's addresses start.
  ChunkWriter(bytes::Journal& file, CommitEngine& engine, std::uint64_t base, Executor& executor)
      : file_(file), engine_(engine), base_(base), executor_(executor), lanes_(executor.width()) {}

  // raw_data and hash_table, both empty, for a path that the file has none for.
  void create(RawStore& raw);

  struct Written {
    std::vector<CommittedDataset::Mapped> mapped;  // of the whole dataset
    std::uint64_t fresh = 0, found = 0;            // chunks
  };
  // Begins a commit.
  void hash(std::span<StagedDataset* const> datasets);
  // Rows of raw_data for what is staged. `read_row` reads the path's hash table.
  Written add_rows(StagedDataset& dataset, const HashIndex::ReadRow& read_row);
  // The chunks and hashes of all fresh rows.
  void write(const Progress& progress);

  // Writes a block where the engine's reserve(0) said that it would be.
  void place(ByteView block) { file_.write_at(base_ + engine_.reserve(block.size()), block); }

 private:
  struct Fresh {
    RawStore* raw;
    std::uint64_t row;
    array::Shape valid;  // the extents that lie in the dataset
    const StagedChunk* chunk;
  };
  struct Lane {
    hdf5::ChunkEncoder encoder;
    hdf5::EncodedChunk encoded;
    std::vector<std::byte> packed;
  };

  Executor& executor_for(std::size_t chunks, bool is_worth);
  // Strings go to a heap of their own; what is returned are the references to them.
  hdf5::Bytes write_strings(const Fresh& fresh);
  void encode(const Fresh& fresh, ByteView bytes, Lane& lane);
  void put(const Fresh& fresh, const hdf5::EncodedChunk& encoded);

  bytes::Journal& file_;
  CommitEngine& engine_;
  std::uint64_t base_;
  Executor& executor_;
  InlineExecutor caller_;
  std::vector<Lane> lanes_;
  std::vector<Fresh> fresh_;  // by dataset and row
};

}  // namespace chunkmark::versioned
