// Columns: everything that one process did, as columns that can be asked for any range of time.
//
// Rows of intervals are sorted by t0, rows of copies and transfers by t. Of a long run they may be merged (see
// Coarseness). Times are ticks of tick_ns since the capture began; a block lives in [t0, t1). Immutable once built;
// then safe to share between threads. The format of a report's columns (web/DATA.md) is this, packed.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "instrument/capture/capture_reader.h"
#include "instrument/profile/live_heap.h"
#include "instrument/profile/row_table.h"

namespace chunkmark::profile {

struct Intervals {
  std::vector<std::uint32_t> t0, t1;
  std::vector<std::uint64_t> bytes;
  std::vector<std::uint32_t> blocks;
  std::vector<std::uint32_t> stack;
  std::vector<std::uint16_t> thread;
  std::size_t rows() const { return t0.size(); }
};

struct Moves {
  std::vector<std::uint32_t> t;
  std::vector<std::uint64_t> bytes;
  std::vector<std::uint32_t> calls;
  std::vector<std::uint32_t> stack;
  std::vector<std::uint16_t> thread;
  std::size_t rows() const { return t.size(); }
};

struct Columns {
  std::uint64_t tick_ns = 1;  // a power of two
  std::uint32_t end_ticks = 0;
  std::uint32_t threads = 1;
  Intervals intervals;
  Moves copies, transfers;
  // How they were made small, where they were: the instants of a coarse grid (0: every time is exact), and how many of
  // the stacks are told by themselves, the others with their callers.
  std::size_t instants = 0;
  std::size_t stacks = 0, kept_stacks = 0;

  std::uint32_t ticks(std::uint64_t time_ns) const;
};

// How a long run's columns are kept small, by the rule of row_table.h. By itself: not at all.
struct Coarseness {
  std::size_t max_exact_rows = std::numeric_limits<std::size_t>::max();
  std::size_t instants = 1;  // equal shares of the run
  // Of a run's own: its heap peak, the ends of its window and its marks.
  std::size_t max_own_instants = std::numeric_limits<std::size_t>::max();
  // Of each table. While there are twice as many, every other instant goes, then the lighter half of the stacks.
  std::size_t max_rows = std::numeric_limits<std::size_t>::max();
  // Nodes in the tree of stacks; see fold_stacks().
  std::size_t max_stacks = std::numeric_limits<std::size_t>::max();
};

// The moments, as far as they are known, at which what is alive must be exact. Asked at every merge.
using ExactInstants = std::function<std::vector<std::uint64_t>()>;

Intervals intervals_of(const std::vector<Row>& rows);
Moves moves_of(const std::vector<Row>& rows);

// Builds the columns of one process of a capture: a visitor to read the capture with, or to be told of its events
// elsewhere in their order; then take() once.
class ColumnsBuilder final : public capture::CaptureVisitor {
 public:
  // duration_ns: of the whole capture; fixes the tick, the shortest power of two in which it fits 32 bits.
  // in_order: whether no event comes after a later one, of any thread.
  ColumnsBuilder(std::uint32_t process, std::uint64_t duration_ns, const Coarseness& coarseness,
                 ExactInstants exact = {}, bool in_order = false);
  ColumnsBuilder(const ColumnsBuilder&) = delete;
  ColumnsBuilder& operator=(const ColumnsBuilder&) = delete;

  // The tree's next nodes, before events that name them; see new_parents().
  void learn(std::span<const std::uint32_t> parents) { fold_.learn(parents); }
  void on_events(std::uint32_t process, std::span<const capture::Event> events) override;
  void on_mark(std::uint32_t, const capture::Mark&) override {}
  void on_sample(std::uint32_t, const capture::ResidentSample&) override {}

  Columns take();

 private:
  struct Birth {
    std::uint32_t t0, stack;
    std::uint16_t thread;
    bool operator==(const Birth&) const = default;
  };
  using Heap = LiveHeap<Birth>;

  void add_row(RowTable& table, const Row& row) {
    fold_.weigh(row.stack, row.bytes);
    table.add(row);
  }
  CoarseGrid grid() const;
  bool coarsen(std::size_t rows);
  RowTable table(const Coarseness& coarseness);
  void add(const capture::Event& event);
  void end_block(const Heap::Change& change, const capture::Event& event, std::uint32_t now);

  std::uint32_t process_;
  Columns columns_;
  std::size_t instants_, max_rows_;
  bool in_order_;
  StackFold fold_;
  ExactInstants exact_;
  std::uint32_t newest_ = 0;  // of all events' times so far
  bool complete_ = false;     // the last event has come
  Heap live_;
  // By thread: what realloc took away, until its result tells whether that has really ended.
  std::map<std::uint32_t, Row> in_realloc_;
  RowTable intervals_, copies_, transfers_;
};

// The columns of process `process` of a capture file.
Columns read_columns(const capture::CaptureFile& file, std::uint32_t process, std::uint64_t duration_ns,
                     const Coarseness& coarseness = {}, ExactInstants exact = {});

}  // namespace chunkmark::profile
