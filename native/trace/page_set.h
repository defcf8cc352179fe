// PageSet: a set of page numbers, sparse: 72 bytes for each 512 neighbours of which one is in it. Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <map>

namespace chunkmark::trace {

class PageSet {
 public:
  static constexpr std::uint64_t kGroup = 512;

  // Adds those of the 64 pages from `first` on whose bit is set. Returns which of them are new.
  std::uint64_t add(std::uint64_t first, std::uint64_t bits) {
    if (bits == 0) return 0;
    const unsigned shift = static_cast<unsigned>(first % 64);
    std::uint64_t fresh = add_word(first / 64, bits << shift) >> shift;
    if (shift != 0 && bits >> (64 - shift) != 0)
      fresh |= add_word(first / 64 + 1, bits >> (64 - shift)) << (64 - shift);
    return fresh;
  }

  void remove(std::uint64_t first, std::uint64_t end) {
    for (auto at = groups_.lower_bound(first / kGroup); at != groups_.end() && at->first * kGroup < end;) {
      bool empty = true;
      for (std::uint64_t i = 0; i < at->second.size(); ++i) {
        at->second[i] &= ~within(at->first * kGroup + i * 64, first, end);
        empty = empty && at->second[i] == 0;
      }
      at = empty ? groups_.erase(at) : std::next(at);
    }
  }

  std::uint64_t count(std::uint64_t first, std::uint64_t end) const {
    std::uint64_t pages = 0;
    for (auto at = groups_.lower_bound(first / kGroup); at != groups_.end() && at->first * kGroup < end; ++at) {
      for (std::uint64_t i = 0; i < at->second.size(); ++i) {
        pages +=
            static_cast<std::uint64_t>(std::popcount(at->second[i] & within(at->first * kGroup + i * 64, first, end)));
      }
    }
    return pages;
  }

 private:
  using Words = std::array<std::uint64_t, kGroup / 64>;

  std::uint64_t add_word(std::uint64_t word, std::uint64_t bits) {
    std::uint64_t& have = groups_[word / 8][word % 8];
    const std::uint64_t fresh = bits & ~have;
    have |= bits;
    return fresh;
  }

  // The bits of the word that begins with page `word` that stand for pages of [first, end).
  static std::uint64_t within(std::uint64_t word, std::uint64_t first, std::uint64_t end) {
    if (end <= word || first >= word + 64) return 0;
    const std::uint64_t from = first > word ? ~std::uint64_t{0} << (first - word) : ~std::uint64_t{0};
    const std::uint64_t to = end < word + 64 ? ~(~std::uint64_t{0} << (end - word)) : ~std::uint64_t{0};
    return from & to;
  }

  std::map<std::uint64_t, Words> groups_;
};

}  // namespace chunkmark::trace
