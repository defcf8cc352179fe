// ChunkWriter: the touched chunks of staged datasets go into raw_data, each new one with a row of the hash table; those
// that any version has already are found by their hash.
//
// Internal to this room: a part of Writer. Borrows journal and engine. Owns scratch of a few chunks. Not thread-safe.
#pragma once

#include <functional>

#include "bytes/journal.h"
#include "storage/hdf5/encoders.h"
#include "storage/versioned/commit_engine.h"
#include "storage/versioned/staged_dataset.h"

namespace chunkmark::versioned {

// Called while chunks are encoded and written.
using Progress = std::function<void(std::uint64_t done, std::uint64_t chunks)>;

class ChunkWriter {
 public:
  // `base`: where the file's addresses start.
  ChunkWriter(bytes::Journal& file, CommitEngine& engine, std::uint64_t base)
      : file_(file), engine_(engine), base_(base) {}

  // raw_data and hash_table, both empty, for a path that the file has none for.
  void create(RawStore& raw);

  struct Written {
    std::vector<CommittedDataset::Mapped> mapped;  // of the whole dataset
    std::uint64_t fresh = 0, found = 0;            // chunks
  };
  // `read_row` reads the path's hash table.
  Written write(StagedDataset& dataset, const HashIndex::ReadRow& read_row, const Progress& progress);

  // Writes a block where the engine's reserve(0) said that it would be.
  void place(ByteView block) { file_.write_at(base_ + engine_.reserve(block.size()), block); }

 private:
  using Chunks = std::vector<std::pair<std::uint64_t, StagedChunk*>>;  // by first row in raw_data
  void write_strings(const Chunks& chunks, const RawStore& raw,
                     const std::function<void(std::uint64_t row, ByteView bytes)>& write);

  bytes::Journal& file_;
  CommitEngine& engine_;
  std::uint64_t base_;
  hdf5::ChunkEncoder encoder_;
};

}  // namespace chunkmark::versioned
