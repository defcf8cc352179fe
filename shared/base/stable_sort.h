// sort_stably: as std::stable_sort, which costs each type that is sorted with it ten kilobytes of code. For what is
// sorted once in a while: rows are moved once, their order is found by number. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace chunkmark {

// The numbers 0 to n - 1, n at most 2 to the power of 32, sorted stably.
std::vector<std::uint32_t> stable_order(std::size_t n, const std::function<bool(std::uint32_t, std::uint32_t)>& before);

template <typename Row, typename Before>
void sort_stably(std::vector<Row>& rows, Before&& before) {
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  const auto by_number = [&](std::uint32_t a, std::uint32_t b) { return before(rows[a], rows[b]); };
  for (const std::uint32_t i : stable_order(rows.size(), by_number)) sorted.push_back(std::move(rows[i]));
  rows = std::move(sorted);
}

}  // namespace chunkmark
