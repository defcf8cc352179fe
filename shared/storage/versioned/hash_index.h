// HashIndex: where in raw_data a chunk with a given hash is, for one dataset path, and the rows that the file's hash
// table does not have yet.
//
// Memory: a file may have millions of chunks, so of each only a part of its hash and its row's number are kept (a slot
// of 8 bytes); a hit is checked against the row itself, which is read from the file. The first slots lie in a table of
// 64 KiB; each time that it is full it is merged into a sorted scratch file (TagRun), so that memory does not grow with
// the file. Where the host has no scratch files the table grows. Rows are kept whole until forget_rows(). Not
// thread-safe. Errors: those of the file and the scratch file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "storage/versioned/sha256.h"
#include "storage/versioned/tag_run.h"

namespace chunkmark::versioned {

// One row of a hash table: rows [start, stop) of raw_data are the chunk with this hash.
struct HashRow {
  static constexpr std::size_t kBytes = 48;

  Digest hash{};
  std::uint64_t start = 0, stop = 0;

  static HashRow parse(const std::byte* bytes);
  void write(std::byte* bytes) const;
};

class HashIndex {
 public:
  // A row that was forgotten, by its number.
  using ReadRow = std::function<HashRow(std::uint64_t)>;

  explicit HashIndex(CreateScratch create_scratch = nullptr) : create_scratch_(std::move(create_scratch)) {}

  // A row that is not to be found (it points nowhere) still has its place in the table.
  void add(const HashRow& row, bool usable = true);
  // The first row in raw_data of the chunk with that hash: of several, that of the row added first.
  std::optional<std::uint64_t> find(const Digest& hash, const ReadRow& read) const;

  std::uint64_t size() const { return first_kept_ + rows_.size() / HashRow::kBytes; }
  // As the file has them, from this one on, which is kept.
  ByteView rows_from(std::uint64_t first) const;
  // Those before this one are in the file.
  void forget_rows(std::uint64_t first);
  void clear() { *this = HashIndex(std::move(create_scratch_)); }

 private:
  void make_room();
  bool spill();
  void place(std::uint64_t slot);
  std::size_t first_slot(std::uint32_t tag) const {
    return static_cast<std::size_t>(std::uint64_t{tag} * slots_.size() >> 32);
  }

  std::uint64_t first_kept_ = 0;
  std::vector<std::byte> rows_;
  std::vector<std::uint64_t> slots_;  // tag of the hash, row + 1; by tag, open addressing; 0 is empty
  std::uint64_t used_ = 0;
  TagRun run_;  // of slots that were in the table: their rows come before all that are in it
  CreateScratch create_scratch_;
};

}  // namespace chunkmark::versioned
