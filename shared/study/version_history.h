// VersionHistory: the workloads of the transaction study, version by version: what each changes in three arrays.
//
// The same seed gives the same history on every machine. `described` is what the article on versioned-hdf5 says of its
// workloads, `published` what the programs that made its figures really did; they differ (study/README.md). Engines
// replay the changes, and what a version must hold afterwards is known here. Owns the arrays' content: 8 bytes an
// element. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "storage/array/shape.h"

namespace chunkmark::study {

// "large_fraction_changes" ... as the command line has them.
std::vector<std::string> version_workloads();

struct VersionWorkload;

enum class HistoryMode { kDescribed, kPublished };

struct Change {
  enum class Kind : std::uint8_t { kResize, kWrite, kSet };
  Kind kind = Kind::kWrite;
  std::size_t dataset = 0;
  array::Shape start;                    // kWrite: where
  array::Shape shape;                    // kWrite: of the region; kResize: the new extents
  std::vector<std::uint64_t> elements;   // their bits; kWrite: of the region in C order; kSet: of each position
  std::vector<std::uint64_t> positions;  // kSet: rank numbers for each element, none twice
};

struct Transaction {
  std::string name;  // of the version
  std::vector<Change> changes;
};

// key0, key1: int64; val: float64.
struct HistoryArray {
  std::string path;
  bool is_float = false;
  array::Shape shape;
  std::vector<std::uint64_t> elements;
};

class VersionHistory {
 public:
  // Errors: kInvalidArgument for another name.
  VersionHistory(std::string_view workload, HistoryMode mode, std::uint64_t seed);

  // As they are after the transactions so far; before the first, what the first version holds.
  const std::array<HistoryArray, 3>& arrays() const { return arrays_; }
  bool is_dense() const { return dense_; }

  // The next version's changes, which arrays() has afterwards.
  Transaction next();

 private:
  double uniform();
  double normal();
  std::uint64_t below(std::uint64_t n);
  bool percent(unsigned chance);
  std::uint64_t power_law(std::uint64_t n);
  std::uint64_t value_of(const HistoryArray& array);
  std::vector<std::uint64_t> sorted_positions(std::uint64_t count, std::uint64_t n, bool power);

  void set(std::uint64_t count, bool power, Transaction& made);
  void append(std::uint64_t rows, Transaction& made);
  void remove(std::uint64_t rows, Transaction& made);
  void insert(std::uint64_t rows, Transaction& made);
  void reshape(HistoryArray& array, const array::Shape& shape, Transaction& made);
  void write_from(std::size_t dataset, std::uint64_t row, Transaction& made) const;

  const VersionWorkload* workload_;
  HistoryMode mode_;
  bool dense_;
  std::mt19937_64 random_;
  std::array<HistoryArray, 3> arrays_;
  std::uint64_t made_ = 0;
};

// What a program in another language replays: see study/peers/versions.py for the layout.
std::string history_bytes(std::string_view workload, HistoryMode mode, std::uint64_t seed, std::uint64_t transactions);

}  // namespace chunkmark::study
