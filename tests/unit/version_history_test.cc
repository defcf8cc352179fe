// The histories of the transaction study: the same everywhere, what each workload changes, and that changes say all.
#include "study/version_history.h"

#include <cstring>

#include "base/error.h"
#include "unit/catch.h"

namespace chunkmark::study {
namespace {

using array::Shape;

// Applies changes as an engine does.
void apply(const Change& change, HistoryArray& array) {
  const auto width = [](const Shape& shape) { return shape.size() == 1 ? 1 : shape[1]; };
  if (change.kind == Change::Kind::kResize) {
    HistoryArray resized{array.path, array.is_float, change.shape, {}};
    resized.elements.resize(array::element_count(change.shape));
    for (std::uint64_t r = 0; r < std::min(array.shape[0], change.shape[0]); ++r) {
      for (std::uint64_t c = 0; c < std::min(width(array.shape), width(change.shape)); ++c) {
        resized.elements[r * width(change.shape) + c] = array.elements[r * width(array.shape) + c];
      }
    }
    array = resized;
  } else if (change.kind == Change::Kind::kWrite) {
    REQUIRE(change.start[0] + change.shape[0] <= array.shape[0]);
    REQUIRE(width(change.shape) == width(array.shape));
    std::copy(change.elements.begin(), change.elements.end(),
              array.elements.begin() + static_cast<std::ptrdiff_t>(change.start[0] * width(array.shape)));
  } else {
    const std::size_t rank = array.shape.size();
    REQUIRE(change.positions.size() == rank * change.elements.size());
    for (std::size_t i = 0; i < change.elements.size(); ++i) {
      std::uint64_t at = 0;
      for (std::size_t d = 0; d < rank; ++d) at = at * array.shape[d] + change.positions[i * rank + d];
      array.elements.at(at) = change.elements[i];
    }
  }
}

TEST_CASE("the changes of a history, replayed, give the arrays that it says") {
  for (const std::string& workload : version_workloads()) {
    for (const HistoryMode mode : {HistoryMode::kDescribed, HistoryMode::kPublished}) {
      CAPTURE(workload, static_cast<int>(mode));
      VersionHistory history(workload, mode, 7);
      std::array<HistoryArray, 3> replayed = history.arrays();
      std::size_t changes = 0;
      for (int i = 0; i < 250; ++i) {
        const Transaction transaction = history.next();
        CHECK(transaction.name == "r" + std::to_string(i + 1));
        for (const Change& change : transaction.changes) apply(change, replayed[change.dataset]);
        changes += transaction.changes.size();
        for (std::size_t k = 0; k < 3; ++k) {
          REQUIRE(replayed[k].shape == history.arrays()[k].shape);
          REQUIRE(replayed[k].elements == history.arrays()[k].elements);
        }
      }
      CHECK(changes > 100);
    }
  }
}

TEST_CASE("a seed is a history; another seed is another") {
  for (const std::string& workload : version_workloads()) {
    const std::string one = history_bytes(workload, HistoryMode::kDescribed, 1, 5);
    CHECK(one == history_bytes(workload, HistoryMode::kDescribed, 1, 5));
    CHECK(one != history_bytes(workload, HistoryMode::kDescribed, 2, 5));
    CHECK(one != history_bytes(workload, HistoryMode::kPublished, 1, 5));
  }
  CHECK_THROWS_AS(VersionHistory("other", HistoryMode::kDescribed, 1), Error);
}

TEST_CASE("what the article says, and what its figures ran") {
  struct Row {
    const char* workload;
    HistoryMode mode;
    std::uint64_t least, most;  // rows after 200 transactions
  };
  const Row rows[] = {
      {"large_fraction_constant", HistoryMode::kDescribed, 5000, 5000},
      // The figures' "constant" grows: int(10 x normal) rows are appended where that is more than 0.
      {"large_fraction_constant", HistoryMode::kPublished, 5300, 6300},
      {"large_fraction_changes", HistoryMode::kPublished, 6700, 7500},
      {"small_fraction_changes", HistoryMode::kDescribed, 4500, 5500},
      {"mostly_appends", HistoryMode::kPublished, 200000, 202500},
  };
  for (const Row& row : rows) {
    CAPTURE(row.workload);
    VersionHistory history(row.workload, row.mode, 3);
    std::size_t set = 0;
    for (int i = 0; i < 200; ++i) {
      for (const Change& change : history.next().changes)
        set += change.kind == Change::Kind::kSet ? change.elements.size() : 0;
    }
    CHECK(history.arrays()[0].shape[0] >= row.least);
    CHECK(history.arrays()[0].shape[0] <= row.most);
    CHECK(history.arrays()[1].shape == history.arrays()[0].shape);
    const bool described = row.mode == HistoryMode::kDescribed;
    if (std::string_view(row.workload).starts_with("large"))
      CHECK((set > 200 * 100) == described);  // near the end, many of the thousand positions are the same
  }
  // The first keys of the figures are zeros.
  const VersionHistory published("small_fraction_changes", HistoryMode::kPublished, 1);
  CHECK(published.arrays()[0].elements == std::vector<std::uint64_t>(5000));
}

}  // namespace
}  // namespace chunkmark::study
