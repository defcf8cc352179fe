// Arrays written and read back through every kind of view; the bytes of the objects; what is refused.
#include <filesystem>
#include <numeric>
#include <random>

#include "base/error.h"
#include "native/os/thread_executor.h"
#include "native/store/local_store.h"
#include "storage/codec/checksum.h"
#include "storage/codec/registry.h"
#include "storage/codec/sharding.h"
#include "storage/store/memory_store.h"
#include "storage/zarr/array.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::zarr {
namespace {

using array::Dest;
using array::DType;
using array::Kind;
using array::Region;
using array::Shape;
using array::Source;

constexpr DType kFloat32{Kind::kFloat, 4};

ArrayMetadata metadata_of(Shape shape, Shape chunks, DType dtype = kFloat32, bool big = false) {
  ArrayMetadata metadata;
  metadata.shape = std::move(shape);
  metadata.chunk_shape = std::move(chunks);
  metadata.dtype = dtype;
  metadata.chain.big_endian = big;
  return metadata;
}

std::vector<std::byte> random_bytes(std::size_t n, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(n);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

TEST_CASE("a whole chunk is stored as the array's own bytes, and read back into another") {
  const TemporaryFolder folder;
  store::LocalStore store(folder.path() / "a.zarr", bytes::Durability::kPowerLoss);
  InlineExecutor executor;
  const std::vector<std::byte> data = random_bytes(300 * 400 * 4);
  Array::create(store, "", metadata_of({300, 400}, {300, 400}), executor)
      .write(Source::dense(data.data(), kFloat32, {300, 400}));

  CHECK(store.list("") == std::vector<std::string>{"c/", "zarr.json"});
  CHECK(store.list("c/0") == std::vector<std::string>{"0"});
  const auto object = store.open("c/0/0");
  REQUIRE(object->size() == data.size());
  std::vector<std::byte> stored(data.size());
  object->read_at(0, MutableByteView(stored));
  CHECK(stored == data);

  std::vector<std::byte> back(data.size());
  Array::open(store, "", executor).read_into(Dest::dense(back.data(), kFloat32, {300, 400}));
  CHECK(back == data);
}

// A model of an array in plain memory, against which regions are compared.
struct Model {
  Shape shape;
  std::vector<std::uint16_t> elements;

  std::size_t index(const Shape& at) const {
    std::size_t i = 0;
    for (std::size_t d = 0; d < shape.size(); ++d) i = i * shape[d] + at[d];
    return i;
  }
};

template <typename Visit>
void for_each_index(const Region& region, Visit visit) {
  for (const std::uint64_t extent : region.shape) {
    if (extent == 0) return;
  }
  Shape at = region.start;
  while (true) {
    visit(at);
    std::size_t d = at.size();
    while (d > 0 && at[d - 1] + 1 == region.start[d - 1] + region.shape[d - 1]) {
      at[d - 1] = region.start[d - 1];
      --d;
    }
    if (d == 0) return;
    ++at[d - 1];
  }
}

// Any chain that the format allows for chunks of this shape, shards within shards included.
codec::Chain random_chain(std::mt19937& random, const Shape& chunk, DType dtype, int depth) {
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint64_t>(random() % n); };
  codec::Chain chain;
  chain.big_endian = below(2) == 1;
  if (below(3) == 0 && !chunk.empty()) {
    chain.transpose.resize(chunk.size());
    std::iota(chain.transpose.begin(), chain.transpose.end(), 0);
    std::shuffle(chain.transpose.begin(), chain.transpose.end(), random);
  }
  if (depth > 0 && below(2) == 0) {
    codec::Sharding::Settings settings;
    settings.inner_shape = chain.stored_order(chunk);
    for (std::uint64_t& extent : settings.inner_shape) {
      const std::uint64_t parts = 1 + below(4);
      if (extent % parts == 0) extent /= parts;
    }
    settings.inner = random_chain(random, settings.inner_shape, dtype, depth - 1);
    if (below(2) == 0) settings.index.codecs.push_back(std::make_shared<codec::ChecksumCodec>());
    settings.index.big_endian = below(4) == 0;
    settings.index_at_start = below(2) == 0;
    settings.fill = {std::byte{0x34}, std::byte{0x12}};
    chain.sharding = std::make_shared<codec::Sharding>(std::move(settings));
    chain.big_endian = false;
  }
  constexpr const char* kNames[] = {"none", "blosc", "zstd", "gzip", "crc32c"};
  for (std::uint64_t n = below(3); n > 0; --n) {
    for (auto& codec : codec::default_codecs(kNames[below(5)], dtype)) chain.codecs.push_back(std::move(codec));
  }
  return chain;
}

TEST_CASE("random regions through strided views equal a model, whatever the chunks and the chain") {
  std::mt19937 random(7);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint64_t>(random() % n); };
  constexpr DType kUInt16{Kind::kUInt, 2};
  os::ThreadExecutor threads(3);
  InlineExecutor alone;
  for (int round = 0; round < 600; ++round) {
    CAPTURE(round);
    Shape shape(below(4));
    Shape chunks(shape.size());
    for (std::size_t d = 0; d < shape.size(); ++d) {
      shape[d] = below(30);
      chunks[d] = 1 + below(round % 3 == 0 ? 40 : 8);
    }
    ArrayMetadata metadata = metadata_of(shape, chunks, kUInt16, round % 2 == 1);
    if (round % 4 > 0) metadata.chain = random_chain(random, chunks, kUInt16, 2);
    metadata.fill = {std::byte{0x34}, std::byte{0x12}};
    store::MemoryStore store;
    Executor& executor = round % 3 == 0 ? static_cast<Executor&>(alone) : threads;
    Array::create(store, "x/y", metadata, executor);
    CAPTURE(*store::read_text(store, "x/y/zarr.json", 100000));
    Array array = Array::open(store, "x/y", executor);
    Model model{shape, {}};
    model.elements.assign(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()), 0x1234);

    for (int step = 0; step < 6; ++step) {
      Region region{Shape(shape.size()), Shape(shape.size())};
      for (std::size_t d = 0; d < shape.size(); ++d) {
        region.start[d] = below(shape[d] + 1);
        region.shape[d] = below(shape[d] - region.start[d] + 1);
      }
      // Memory with gaps, dimensions in a random order, some of them backwards.
      array::Strides strides(shape.size());
      std::vector<std::size_t> order(shape.size());
      std::iota(order.begin(), order.end(), 0);
      if (round % 5 > 1) std::shuffle(order.begin(), order.end(), random);
      std::int64_t bytes = 2;
      std::int64_t origin = 0;
      for (std::size_t i = order.size(); i-- > 0;) {
        const std::int64_t extent = static_cast<std::int64_t>(region.shape[order[i]]);
        const bool backwards = round % 5 == 4 && below(2) == 1;
        strides[order[i]] = backwards ? -bytes : bytes;
        if (backwards && extent > 0) origin += bytes * (extent - 1);
        bytes *= extent + (round % 5 == 3 ? 1 : 0);
        bytes = std::max<std::int64_t>(bytes, 2);
      }
      std::vector<std::byte> memory = random_bytes(static_cast<std::size_t>(bytes) + 64, random());
      const auto element = [&](const Shape& at) {
        std::int64_t offset = origin;
        for (std::size_t d = 0; d < at.size(); ++d) {
          offset += static_cast<std::int64_t>(at[d] - region.start[d]) * strides[d];
        }
        return memory.data() + offset;
      };
      if (step % 2 == 0) {
        array.write(region, Source{memory.data() + origin, kUInt16, region.shape, strides});
        for_each_index(region,
                       [&](const Shape& at) { model.elements[model.index(at)] = load_le<std::uint16_t>(element(at)); });
      } else {
        const std::vector<std::byte> before = memory;
        array.read_into(region, Dest{memory.data() + origin, kUInt16, region.shape, strides});
        std::vector<std::byte> expected = before;
        for_each_index(region, [&](const Shape& at) {
          store_le(expected.data() + (element(at) - memory.data()), model.elements[model.index(at)]);
        });
        REQUIRE(memory == expected);
      }
    }
    std::vector<std::uint16_t> all(model.elements.size());
    array.read_into(Dest::dense(reinterpret_cast<std::byte*>(all.data()), kUInt16, shape));
    REQUIRE(all == model.elements);
  }
}

TEST_CASE("padding of an edge chunk holds the fill value") {
  store::MemoryStore store;
  InlineExecutor executor;
  ArrayMetadata metadata = metadata_of({3}, {4}, {Kind::kUInt, 2}, true);
  metadata.fill = {std::byte{0x34}, std::byte{0x12}};
  const std::uint16_t data[] = {0x0102, 0x0304, 0x0506};
  Array::create(store, "", metadata, executor)
      .write(Source::dense(reinterpret_cast<const std::byte*>(data), metadata.dtype, {3}));
  CHECK(store::read_text(store, "c/0", 100) == std::string("\1\2\3\4\5\6\x12\x34", 8));
}

TEST_CASE("a chunk of the wrong size, and memory of the wrong kind, are refused by name") {
  store::MemoryStore store;
  InlineExecutor executor;
  Array array = Array::create(store, "a", metadata_of({4}, {4}), executor);
  store::write_text(store, "a/c/0", "123");
  std::vector<std::byte> memory(64);
  const auto message = [&](auto&& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK(message([&] { array.read_into(Dest::dense(memory.data(), kFloat32, {4})); }) ==
        "a/c/0: expected 16 bytes, found 3");
  CHECK(message([&] { array.read_into(Dest::dense(memory.data(), kFloat32, {5})); }) ==
        "array \"a\": expected memory of shape (4), found (5)");
  CHECK(message([&] {
          array.read_into(Dest::dense(memory.data(), {Kind::kInt, 4}, {4}));
        }) == "array \"a\": expected elements of type float32, found int32");
  CHECK(message([&] {
          array.read_into({{1}, {4}}, Dest::dense(memory.data(), kFloat32, {4}));
        }) == "array \"a\": expected a region inside (4), found (4) at (1)");
  CHECK(message([&] { Array::open(store, "b", executor); }) ==
        "expected a Zarr array in memory: at \"b\", found neither b/zarr.json nor b/.zarray");
}

}  // namespace
}  // namespace chunkmark::zarr
