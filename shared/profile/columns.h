// Columns: everything that one process did, as columns that can be asked for any range of time.
//
// Rows of intervals are sorted by t0, rows of copies and transfers by t. Times are ticks of tick_ns since the capture
// began; a block lives in [t0, t1). Immutable once built; then safe to share between threads. The format of a report's
// columns (web/DATA.md) is this, packed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "profile/capture_reader.h"

namespace chunkmark::profile {

constexpr std::uint32_t kAlive = 0xffffffff;  // t1 of a block that was never freed

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
  std::uint64_t tick_ns = 1;
  std::uint32_t end_ticks = 0;
  std::uint32_t threads = 1;
  Intervals intervals;
  Moves copies, transfers;
};

// Builds the columns of one process of a capture: a visitor to read the capture with, then take() once.
class ColumnsBuilder final : public CaptureVisitor {
 public:
  // duration_ns: of the whole capture; fixes the tick, the shortest in which it fits 32 bits.
  ColumnsBuilder(std::uint32_t process, std::uint64_t duration_ns);
  ~ColumnsBuilder() override;

  void on_events(std::uint32_t process, std::span<const Event> events) override;
  void on_mark(std::uint32_t, const Mark&) override {}
  void on_sample(std::uint32_t, const ResidentSample&) override {}

  Columns take();

 private:
  struct State;
  void add(const Event& event);
  std::uint32_t ticks(std::uint64_t time_ns) const;

  std::uint32_t process_;
  Columns columns_;
  std::unique_ptr<State> state_;
};

// The columns of process `process` of a capture file.
Columns read_columns(ByteView file, const std::string& name, std::uint32_t process, std::uint64_t duration_ns);

}  // namespace chunkmark::profile
