// Which chunks a region meets, and where.
#include "storage/array/chunk_grid.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "unit/catch.h"

namespace chunkmark::array {
namespace {

std::vector<ChunkPart> parts_of(const Shape& array, const Shape& chunks, const Region& region) {
  std::vector<ChunkPart> parts;
  const ChunkGrid grid(array, chunks);
  grid.for_each(region, [&](const ChunkPart& part) { parts.push_back(part); });
  REQUIRE(grid.count(region) == parts.size());
  CHECK(grid.cuts_chunks(region) ==
        std::any_of(parts.begin(), parts.end(), [](const ChunkPart& part) { return !part.covers_chunk(); }));
  for (std::size_t i = 0; i < parts.size(); ++i) {  // by its number, the same
    const ChunkPart part = grid.part_at(region, i);
    CHECK((part.chunk == parts[i].chunk && part.inside == parts[i].inside && part.in_chunk == parts[i].in_chunk &&
           part.in_region == parts[i].in_region));
  }
  return parts;
}

TEST_CASE("the chunks that a region meets, one dimension") {
  struct Row {
    const char* name;
    std::uint64_t array, chunk, start, extent;
    // chunk, its part, the region's part, what of the chunk is inside the array, whether it is covered
    struct Part {
      std::uint64_t chunk, in_chunk, in_region, extent, inside;
      bool covers;
    };
    std::vector<Part> parts;
  };
  const Row rows[] = {
      {"whole", 8, 4, 0, 8, {{0, 0, 0, 4, 4, true}, {1, 0, 4, 4, 4, true}}},
      {"the last chunk reaches over the edge", 10, 4, 8, 2, {{2, 0, 0, 2, 2, true}}},
      {"a part of the last chunk", 10, 4, 9, 1, {{2, 1, 0, 1, 2, false}}},
      {"across a border", 10, 4, 3, 2, {{0, 3, 0, 1, 4, false}, {1, 0, 1, 1, 4, false}}},
      {"up to a border", 10, 4, 2, 2, {{0, 2, 0, 2, 4, false}}},
      {"from a border", 10, 4, 4, 1, {{1, 0, 0, 1, 4, false}}},
      {"one chunk larger than the array", 3, 100, 0, 3, {{0, 0, 0, 3, 3, true}}},
      {"nothing", 10, 4, 5, 0, {}},
      {"nothing, at the end", 10, 4, 10, 0, {}},
      {"of an empty array", 0, 4, 0, 0, {}},
      {"the last byte that can be addressed", kMaxBytes, kMaxBytes - 1, kMaxBytes - 1, 1, {{1, 0, 0, 1, 1, true}}},
      {"a chunk as large as can be", kMaxBytes, kMaxBytes, 5, 7, {{0, 5, 0, 7, kMaxBytes, false}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::vector<ChunkPart> parts = parts_of({row.array}, {row.chunk}, {{row.start}, {row.extent}});
    REQUIRE(parts.size() == row.parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Row::Part& expected = row.parts[i];
      CHECK(parts[i].chunk == Shape{expected.chunk});
      CHECK(parts[i].in_chunk == Region{{expected.in_chunk}, {expected.extent}});
      CHECK(parts[i].in_region == Region{{expected.in_region}, {expected.extent}});
      CHECK(parts[i].inside == Shape{expected.inside});
      CHECK(parts[i].covers_chunk() == expected.covers);
    }
  }
}

TEST_CASE("an array without dimensions is one chunk") {
  const std::vector<ChunkPart> parts = parts_of({}, {}, whole({}));
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].chunk.empty());
  CHECK(parts[0].covers_chunk());
}

TEST_CASE("a region that is empty in any dimension meets nothing") {
  CHECK(parts_of({5, 5}, {2, 2}, {{0, 3}, {5, 0}}).empty());
  CHECK(parts_of({5, 0}, {2, 2}, {{0, 0}, {5, 0}}).empty());
  CHECK(parts_of({0, 5}, {2, 2}, {{0, 0}, {0, 5}}).empty());
}

TEST_CASE("every element of a region is in exactly one part, and chunks come in C order") {
  std::mt19937 random(5);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint64_t>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const std::size_t rank = 1 + below(3);
    Shape array(rank), chunks(rank);
    Region region{Shape(rank), Shape(rank)};
    for (std::size_t d = 0; d < rank; ++d) {
      array[d] = 1 + below(9);
      chunks[d] = 1 + below(11);
      region.start[d] = below(array[d]);
      region.shape[d] = 1 + below(array[d] - region.start[d]);
    }
    std::map<Shape, std::pair<Shape, Shape>> seen;  // by place in the array: chunk, place in the chunk
    Shape before;
    for (const ChunkPart& part : parts_of(array, chunks, region)) {
      REQUIRE((before.empty() || before < part.chunk));
      before = part.chunk;
      REQUIRE(part.in_chunk.shape == part.in_region.shape);
      std::uint64_t elements = 1, inside = 1;
      for (const std::uint64_t extent : part.in_chunk.shape) elements *= extent;
      for (std::size_t d = 0; d < rank; ++d) inside *= std::min(chunks[d], array[d] - part.chunk[d] * chunks[d]);
      REQUIRE(part.covers_chunk() == (elements == inside));
      for (std::uint64_t i = 0; i < elements; ++i) {
        Shape at(rank), in_chunk(rank);
        std::uint64_t rest = i;
        for (std::size_t d = rank; d-- > 0; rest /= part.in_region.shape[d]) {
          const std::uint64_t step = rest % part.in_region.shape[d];
          at[d] = region.start[d] + part.in_region.start[d] + step;
          in_chunk[d] = part.in_chunk.start[d] + step;
        }
        REQUIRE(seen.emplace(at, std::pair(part.chunk, in_chunk)).second);
      }
    }
    std::uint64_t elements = 1;
    for (const std::uint64_t extent : region.shape) elements *= extent;
    REQUIRE(seen.size() == elements);
    for (const auto& [at, found] : seen) {
      for (std::size_t d = 0; d < rank; ++d) {
        REQUIRE(found.first[d] == at[d] / chunks[d]);
        REQUIRE(found.second[d] == at[d] % chunks[d]);
      }
    }
  }
}

}  // namespace
}  // namespace chunkmark::array
