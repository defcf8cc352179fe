// ChunkFixture: a chunk and a view of memory that covers a part of it, with the plain model of its serial form.
//
// Memory is laid out as no library would: dimensions in any order, some backwards, gaps between elements; every third
// is dense in C order. Owns the memory; what source() and dest() return must not outlive it.
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

#include "storage/array/chunk_view.h"

namespace chunkmark::array {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

 private:
  std::mt19937 engine_;
};

struct ChunkFixture {
  ChunkForm form;
  DType dtype;
  Region in_chunk;
  Strides strides;
  std::vector<std::byte> memory;
  std::size_t origin = 0;  // where in memory element (0, ..., 0) of the view is
  // Of each element of the serial form, where it is from the view's data on; none: padding.
  std::vector<std::optional<std::int64_t>> places;

  Source source() const { return {memory.data() + origin, dtype, in_chunk.shape, strides}; }
  Dest dest() { return {memory.data() + origin, dtype, in_chunk.shape, strides}; }
  bool swaps() const { return form.swap_bytes && dtype.word_bytes() > 1; }

  // One element as it is stored.
  std::vector<std::byte> stored(const std::byte* element) const {
    std::vector<std::byte> bytes(element, element + dtype.item_bytes);
    if (!swaps()) return bytes;
    const auto word = static_cast<std::ptrdiff_t>(dtype.word_bytes());
    for (auto at = bytes.begin(); at != bytes.end(); at += word) std::reverse(at, at + word);
    return bytes;
  }

  std::vector<std::byte> serial() const {
    std::vector<std::byte> all;
    for (const std::optional<std::int64_t>& place : places) {
      const std::byte* from = place ? source().data + *place : form.fill.data();
      const std::vector<std::byte> bytes = stored(from);
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }

  // The memory after all of `serial` has been put where it belongs, and nothing else was touched.
  std::vector<std::byte> memory_after(const std::vector<std::byte>& serial) const {
    std::vector<std::byte> after = memory;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!places[i]) continue;
      const std::vector<std::byte> bytes = stored(serial.data() + i * dtype.item_bytes);  // its own inverse
      std::copy(bytes.begin(), bytes.end(), after.data() + origin + *places[i]);
    }
    return after;
  }
};

inline void lay_out(ChunkFixture& fixture, Random& random, bool dense) {
  const std::size_t rank = fixture.in_chunk.shape.size();
  const auto item = static_cast<std::int64_t>(fixture.dtype.item_bytes);
  fixture.strides = c_order_strides(fixture.in_chunk.shape, fixture.dtype.item_bytes);
  std::uint64_t elements = 1;
  for (const std::uint64_t extent : fixture.in_chunk.shape) elements *= std::max<std::uint64_t>(extent, 1);
  std::int64_t bytes = static_cast<std::int64_t>(elements) * item;
  if (!dense) {
    std::vector<std::size_t> order(rank);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = rank; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    bytes = item;
    for (const std::size_t d : order) {
      bytes += static_cast<std::int64_t>(random.below(3)) * item;  // a gap
      const auto extent = static_cast<std::int64_t>(std::max<std::uint64_t>(fixture.in_chunk.shape[d], 1));
      fixture.strides[d] = bytes;
      if (random.below(4) == 0) {
        fixture.strides[d] = -bytes;
        fixture.origin += static_cast<std::size_t>((extent - 1) * bytes);
      }
      bytes *= extent;
    }
  }
  fixture.memory.resize(static_cast<std::size_t>(bytes));
  for (std::byte& b : fixture.memory) b = static_cast<std::byte>(random.below(256));
}

inline void find_places(ChunkFixture& fixture) {
  const Shape& chunk = fixture.form.chunk_shape;
  const std::uint64_t elements = std::accumulate(chunk.begin(), chunk.end(), std::uint64_t{1}, std::multiplies<>());
  for (std::uint64_t i = 0; i < elements; ++i) {
    std::optional<std::int64_t> place = 0;
    std::uint64_t rest = i;
    for (std::size_t d = chunk.size(); d-- > 0; rest /= chunk[d]) {
      const std::uint64_t at = rest % chunk[d], begin = fixture.in_chunk.start[d];
      const bool inside = at >= begin && at < begin + fixture.in_chunk.shape[d];
      if (!inside) place.reset();
      if (place) *place += static_cast<std::int64_t>(at - begin) * fixture.strides[d];
    }
    fixture.places.push_back(place);
  }
}

// A chunk of up to 4 dimensions, of which the view covers anything from nothing to all.
inline ChunkFixture random_chunk(Random& random, unsigned round) {
  constexpr DType kTypes[] = {{Kind::kUInt, 1},    {Kind::kInt, 2},      {Kind::kFloat, 4},  {Kind::kFloat, 8},
                              {Kind::kComplex, 8}, {Kind::kComplex, 16}, {Kind::kUtf32, 20}, {Kind::kOpaque, 5}};
  ChunkFixture fixture;
  fixture.dtype = kTypes[random.below(8)];
  fixture.form.swap_bytes = random.below(2) == 0;
  for (std::size_t i = 0; i < fixture.dtype.item_bytes; ++i) fixture.form.fill.push_back(std::byte(0xa0 + i));
  const std::size_t rank = random.below(5);
  for (std::size_t d = 0; d < rank; ++d) {
    const std::uint64_t extent = 1 + random.below(7);
    const bool whole_extent = random.below(2) == 0;
    const std::uint64_t begin = whole_extent ? 0 : random.below(extent + 1);
    fixture.form.chunk_shape.push_back(extent);
    fixture.in_chunk.start.push_back(begin);
    fixture.in_chunk.shape.push_back(whole_extent ? extent : random.below(extent - begin + 1));
  }
  lay_out(fixture, random, round % 3 == 0);
  find_places(fixture);
  return fixture;
}

}  // namespace chunkmark::array
