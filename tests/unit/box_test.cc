// Boxes copied and filled between memory of any strides, against one element at a time.
#include "storage/array/box.h"

#include <cstring>

#include "unit/catch.h"
#include "unit/chunk_fixture.h"

namespace chunkmark::array {
namespace {

using Bytes = std::vector<std::byte>;

// Memory for a box: dimensions in any order, with gaps and negative strides.
struct Memory {
  Dest view;
  Bytes bytes;
};

Memory memory_for(Random& random, DType dtype, const Shape& shape) {
  ChunkFixture fixture;
  fixture.dtype = dtype;
  fixture.in_chunk = whole(shape);
  lay_out(fixture, random, random.below(3) == 0);
  Memory memory{{nullptr, dtype, shape, fixture.strides}, std::move(fixture.memory)};
  memory.view.data = memory.bytes.data() + fixture.origin;
  return memory;
}

template <typename Visit>
void for_each_element(const Shape& shape, Visit visit) {
  for (std::uint64_t i = 0; i < element_count(shape); ++i) {
    Shape index(shape.size());
    std::uint64_t rest = i;
    for (std::size_t d = shape.size(); d-- > 0; rest /= shape[d]) index[d] = rest % shape[d];
    visit(index);
  }
}

std::byte* element_of(const Dest& view, const Shape& index) {
  std::byte* at = view.data;
  for (std::size_t d = 0; d < index.size(); ++d) at += static_cast<std::int64_t>(index[d]) * view.strides[d];
  return at;
}

TEST_CASE("boxes of any rank, strides and element size are copied and filled, and nothing beside them") {
  Random random(1);
  for (unsigned round = 0; round < 4000; ++round) {
    const DType dtype = opaque(std::array{1u, 2u, 3u, 4u, 7u, 8u, 16u, 17u, 300u}[random.below(9)]);
    Shape shape(random.below(5));
    for (std::uint64_t& extent : shape) extent = random.below(8) == 0 ? random.below(2) : 1 + random.below(5);
    Memory from = memory_for(random, dtype, shape), to = memory_for(random, dtype, shape);
    CAPTURE(round, dtype.item_bytes, to_string(shape));
    Bytes expected = to.bytes;
    const auto expect = [&](const Shape& index, const std::byte* element) {
      std::memcpy(expected.data() + (element_of(to.view, index) - to.bytes.data()), element, dtype.item_bytes);
    };
    for_each_element(shape, [&](const Shape& index) { expect(index, element_of(from.view, index)); });
    copy_box({from.view.data, dtype, shape, from.view.strides}, to.view);
    REQUIRE(to.bytes == expected);

    Bytes element(dtype.item_bytes + 1, std::byte{0x11});
    if (random.below(2) == 0) element[random.below(dtype.item_bytes)] = std::byte{0x22};
    for_each_element(shape, [&](const Shape& index) { expect(index, element.data()); });
    fill_box(to.view, element);
    REQUIRE(to.bytes == expected);

    const Bytes zeros(dtype.item_bytes);
    for_each_element(shape, [&](const Shape& index) { expect(index, zeros.data()); });
    fill_box(to.view, {});
    REQUIRE(to.bytes == expected);
  }
}

TEST_CASE("elements of no bytes take no time, however many there are") {
  std::byte memory{9};
  const Shape shape{std::uint64_t{1} << 60};
  copy_box({&memory, opaque(0), shape, {0}}, {&memory, opaque(0), shape, {0}});
  fill_box({&memory, opaque(0), shape, {5}}, {});
  CHECK(memory == std::byte{9});
}

}  // namespace
}  // namespace chunkmark::array
