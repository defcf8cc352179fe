// Pipelines undone while bytes pass, against the data that was encoded: whole chunks, parts, any memory; damage.
#include <algorithm>
#include <functional>

#include "bytes/memory_file.h"
#include "storage/array/box.h"
#include "storage/hdf5/chunk_stream.h"
#include "unit/catch.h"
#include "unit/hdf5_encoders.h"

namespace chunkmark::hdf5 {
namespace {

using array::Dest;
using array::Region;
using array::Shape;
using array::Strides;

// Bytes that are only copied out, as a file's are.
class Unmapped final : public bytes::RandomAccess {
 public:
  explicit Unmapped(const bytes::RandomAccess& memory) : memory_(memory) {}
  const std::string& name() const override { return memory_.name(); }
  std::uint64_t size() const override { return memory_.size(); }
  using bytes::RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    memory_.read_at(offset, runs);
  }

 private:
  const bytes::RandomAccess& memory_;
};

// Compressible, without being periodic.
Bytes smooth(std::size_t size) {
  Bytes bytes = noise(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = (bytes[i] & std::byte{3}) | static_cast<std::byte>(i >> 10 & 0xfc);
  return bytes;
}

TEST_CASE("every pipeline gives back the chunk, or a part of it, in memory of any strides") {
  const Shape chunk{90, 101, 7};
  struct Row {
    const char* name;
    Region box;
    bool fortran;
  };
  const Row rows[] = {{"whole", array::whole(chunk), false},
                      {"whole, Fortran order", array::whole(chunk), true},
                      {"part", {{3, 50, 1}, {80, 51, 5}}, false},
                      {"one element", {{89, 100, 6}, {1, 1, 1}}, false},
                      {"part, Fortran order", {{0, 0, 6}, {90, 2, 1}}, true}};
  for (const std::uint32_t item : {1u, 3u, 8u}) {
    const Bytes data = smooth(array::element_count(chunk) * item);
    const array::Source all = array::Source::dense(data.data(), array::opaque(item), chunk);
    for (const NamedPipeline& pipeline : streamed_pipelines(item)) {
      REQUIRE(can_stream(pipeline.filters, 0, item));
      const bytes::MemoryFile memory("chunk", encoded(pipeline.filters, data, item));
      const Unmapped unmapped(memory);
      for (const Row& row : rows) {
        CAPTURE(pipeline.name, item, row.name);
        const Shape& shape = row.box.shape;
        Bytes expected(array::element_count(shape) * item), found(expected.size());
        Dest to = Dest::dense(expected.data(), array::opaque(item), shape);
        if (row.fortran) {
          const auto step = static_cast<std::int64_t>(item), rows_of = static_cast<std::int64_t>(shape[0]);
          to.strides = {step, step * rows_of, step * rows_of * static_cast<std::int64_t>(shape[1])};
        }
        array::copy_box(all.part(row.box), to);
        to.data = found.data();
        decode_streamed(pipeline.filters, 0, memory, chunk, row.box, to);
        CHECK((found == expected));
        std::fill(found.begin(), found.end(), std::byte{0});
        decode_streamed(pipeline.filters, 0, unmapped, chunk, row.box, to);
        CHECK((found == expected));
      }
    }
  }
}

TEST_CASE("filters that the mask says were not applied are left out") {
  const auto pipelines = streamed_pipelines(4);
  const auto found = std::find_if(pipelines.begin(), pipelines.end(),
                                  [](const auto& p) { return p.name == std::string_view("shuffle gzip fletcher32"); });
  const Bytes data = smooth(400'000);
  for (std::uint32_t mask = 0; mask < 7; ++mask) {
    CAPTURE(mask);
    std::vector<Filter> applied;
    for (std::size_t i = 0; i < 3; ++i) {
      if (!(mask >> i & 1)) applied.push_back(found->filters[i]);
    }
    const bytes::MemoryFile memory("chunk", encoded(applied, data, 4));
    Bytes out(data.size());
    decode_streamed(found->filters, mask, memory, {100'000}, array::whole({100'000}),
                    Dest::dense(out.data(), array::opaque(4), {100'000}));
    CHECK((out == data));
  }
}

TEST_CASE("a stored chunk that is cut, too long or damaged is refused, and nothing is written beside the memory") {
  const Bytes data = smooth(300'000);
  const auto code_of = [&](const std::vector<Filter>& filters, Bytes stored, std::uint64_t elements) {
    const bytes::MemoryFile memory("chunk", std::move(stored));
    Bytes out(elements * 4);
    try {
      decode_streamed(filters, 0, memory, {elements}, array::whole({elements}),
                      Dest::dense(out.data(), array::opaque(4), {elements}));
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("chunk") == 0);
      return error.code();
    }
    return ErrorCode::kIo;
  };
  for (const NamedPipeline& pipeline : streamed_pipelines(4)) {
    const Bytes stored = encoded(pipeline.filters, data, 4);
    CAPTURE(pipeline.name, stored.size());
    for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{11}, std::size_t{16}, stored.size() / 3,
                                   stored.size() - 200, stored.size() - 1}) {
      CAPTURE(size);
      CHECK(code_of(pipeline.filters, {stored.begin(), stored.begin() + static_cast<long>(size)}, 75'000) ==
            ErrorCode::kCorrupt);
    }
    CHECK(code_of(pipeline.filters, stored, 74'000) == ErrorCode::kCorrupt);
    CHECK(code_of(pipeline.filters, stored, 76'000) == ErrorCode::kCorrupt);
    if (id_of(pipeline.filters.back()) != FilterId::kFletcher32) continue;
    for (const std::size_t at : {std::size_t{20}, stored.size() / 2, stored.size() - 3}) {
      Bytes damaged = stored;
      damaged[at] ^= std::byte{16};
      CHECK(code_of(pipeline.filters, damaged, 75'000) == ErrorCode::kCorrupt);
    }
  }
}

TEST_CASE("pipelines that need the whole chunk are told apart") {
  const auto filter = [](FilterId id, std::vector<std::uint32_t> values = {}) {
    return Filter{static_cast<std::uint16_t>(id), false, "", std::move(values)};
  };
  const Filter gzip = filter(FilterId::kGzip), shuffle = filter(FilterId::kShuffle, {4});
  for (const FilterId id :
       {FilterId::kSzip, FilterId::kScaleOffset, FilterId::kBzip2, FilterId::kLzf, FilterId::kBlosc2}) {
    CHECK_FALSE(can_stream({filter(id)}, 0, 4));
    CHECK_FALSE(can_stream({filter(id), gzip}, 0, 4));
    CHECK(can_stream({filter(id), gzip}, 1, 4));  // not applied to this chunk
  }
  CHECK_FALSE(can_stream({Filter{777, false, "", {}}}, 0, 4));
  CHECK_FALSE(can_stream({Filter{777, false, "", {}}, gzip}, 0, 4));
  CHECK_FALSE(can_stream({gzip, shuffle}, 0, 4));
  CHECK_FALSE(can_stream({shuffle, gzip}, 0, 8));  // of elements of another size
  CHECK_FALSE(can_stream({filter(FilterId::kBlosc), gzip}, 0, 4));
}

}  // namespace
}  // namespace chunkmark::hdf5
