// Columns made small keep every byte: stacks folded to their callers, parts of the time.
#include "instrument/profile/thin_columns.h"

#include <numeric>

#include "instrument/profile/range_query.h"
#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

// Node 1 calls 2 and 3; `leaves` more nodes are called by 3. Each has a block; leaf i lives from i to i + 10.
struct Made {
  capture::StackTree tree;
  Columns columns;
  explicit Made(std::uint32_t leaves) {
    tree.nodes = {{0, 0}, {0, 0}, {1, 0}, {1, 0}};
    for (std::uint32_t i = 0; i < leaves; ++i) tree.nodes.push_back({3, 0});
    std::vector<Row> rows{{0, kAlive, 2, 1, 1'000'000, 0}};
    for (std::uint32_t i = 0; i < leaves; ++i) rows.push_back({i, i + 10, 4 + i, 1, 10 + i, 0});
    columns.intervals = intervals_of(rows);
    columns.end_ticks = leaves + 10;
  }
};

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

TEST_CASE("of small stacks the bytes go to the nearest caller that is kept, and none is lost") {
  Made made(100);
  const std::uint64_t bytes = sum(made.columns.intervals.bytes);
  const Selection before = select(made.columns, made.tree.nodes.size(), {Mode::kPeak, 0, 110, {}});
  fold_stacks(made.columns, made.tree, 6, 1000);
  CHECK(made.columns.stacks == 104);
  CHECK(made.columns.kept_stacks == 6);
  CHECK(sum(made.columns.intervals.bytes) == bytes);
  for (const std::uint32_t stack : made.columns.intervals.stack) {
    CHECK((stack < 4 || stack >= 102));  // the largest two leaves
  }
  const Selection after = select(made.columns, made.tree.nodes.size(), {Mode::kPeak, 0, 110, {}});
  CHECK(after.bytes == before.bytes);
  CHECK(after.at == before.at);
  CHECK(after.self_bytes[2] == 1'000'000);
}

TEST_CASE("a table has no more rows than it may have") {
  Made made(1000);
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    for (std::uint32_t at = 0; at < 5; ++at) rows.push_back({at, kAlive, 4 + i, 1, 7, 0});
  }
  made.columns.intervals = intervals_of(rows);
  fold_stacks(made.columns, made.tree, 100'000, 300);
  CHECK(made.columns.intervals.rows() <= 300);
  CHECK(sum(made.columns.intervals.bytes) == 5 * 7 * 1000);
  CHECK(std::accumulate(made.columns.intervals.blocks.begin(), made.columns.intervals.blocks.end(), 0u) == 5000);
}

TEST_CASE("of a run that is read, stacks that grow heavy later are told by themselves from then on") {
  capture::StackTree tree;
  tree.nodes = {{0, 0}, {0, 0}, {1, 0}, {1, 0}, {0, 0}};
  StackFold fold;
  std::size_t known = 0;
  fold.learn(new_parents(tree, known));
  fold.weigh(2, 1000);
  fold.weigh(3, 10);
  fold.weigh(4, 100);
  CHECK(fold.stacks() == 5);
  CHECK(fold.kept(3) == 3);
  fold.keep(3);
  CHECK(fold.kept_stacks() == 3);
  CHECK(fold.kept(2) == 2);
  CHECK(fold.kept(3) == 1);
  CHECK(fold.kept(4) == 0);
  tree.nodes.push_back({1, 0});
  fold.learn(new_parents(tree, known));
  fold.weigh(5, 1);
  CHECK(fold.kept(5) == 5);
  fold.weigh(3, 2000);  // more than all before
  CHECK(fold.kept(3) == 3);
  CHECK(fold.kept(2) == 1);
  CHECK(fold.kept(5) == 1);
}

TEST_CASE("a part of the time answers for what lies in it as the whole does") {
  const Made made(100);
  for (const std::size_t max_exact_rows : {1000u, 3u}) {
    const Columns part = part_of(made.columns, 40, 60, {max_exact_rows, 20});
    for (const Mode mode : {Mode::kPeak, Mode::kLive, Mode::kAllocated}) {
      for (const auto& [from, to] : {std::pair(40u, 60u), std::pair(45u, 50u), std::pair(60u, 60u)}) {
        const Selection whole = select(made.columns, made.tree.nodes.size(), {mode, from, to, {}});
        const Selection told = select(part, made.tree.nodes.size(), {mode, from, to, {}});
        CHECK(told.bytes == whole.bytes);
        CHECK(told.blocks == whole.blocks);
        CHECK(told.at == whole.at);
        CHECK(told.self_bytes == whole.self_bytes);
      }
    }
    CHECK(part.instants == (max_exact_rows == 3 ? 20 : 0));
  }
}

}  // namespace
}  // namespace chunkmark::profile
