// RangeTable: many address ranges, which may nest; tells the innermost one that holds an address, in logarithmic time.
//
// Of ranges with one begin the shorter is the inner one, of equal ranges the one that was added later. Filled, sealed
// once, then asked any number of times. Not thread-safe while it is filled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace chunkmark::trace {

template <typename Value>
class RangeTable {
 public:
  void add(std::uint64_t begin, std::uint64_t end, Value value) {
    if (begin < end) ranges_.push_back({begin, end, kNone, value});
  }

  // Each range learns which range encloses its begin: what a search for an address tries next where the last range
  // that begins before the address has ended before it.
  void seal() {
    std::stable_sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      while (!open.empty() && ranges_[open.back()].end <= ranges_[i].begin) open.pop_back();
      if (!open.empty()) ranges_[i].encloser = open.back();
      open.push_back(i);
    }
  }

  // Null where there is none.
  const Value* find(std::uint64_t address) const {
    const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                        [](std::uint64_t at, const Range& range) { return at < range.begin; });
    auto i = static_cast<std::size_t>(after - ranges_.begin()) - 1;  // kNone where nothing begins before it
    for (int tries = 0; i != kNone && tries < kMaxNesting; ++tries, i = ranges_[i].encloser) {
      if (address < ranges_[i].end) return &ranges_[i].value;
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  static constexpr int kMaxNesting = 256;  // debug information is input like any other

  struct Range {
    std::uint64_t begin, end;
    std::size_t encloser;
    Value value;
  };
  std::vector<Range> ranges_;
};

}  // namespace chunkmark::trace
