#include "study/copy_runner.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>

#include "base/error.h"
#include "storage/array/chunk_grid.h"
#include "storage/codec/registry.h"
#include "storage/codec/sharding.h"
#include "storage/zarr/array.h"
#include "study/array_data.h"

namespace chunkmark::study {
namespace {

constexpr std::uint64_t kSeed = 42;
constexpr std::size_t kCheckBytes = 1 << 20;  // the check compares this much at a time, to stay out of the way

zarr::ArrayMetadata metadata_of(const CopyCase& copy_case) {
  zarr::ArrayMetadata metadata;
  metadata.shape = copy_case.shape;
  metadata.chunk_shape = copy_case.chunk_shape;
  metadata.dtype = copy_case.dtype;
  metadata.format = copy_case.format == "zarr2" ? zarr::Format::kV2 : zarr::Format::kV3;
  metadata.separator = copy_case.format == "zarr2" ? '.' : '/';
  metadata.chain.codecs = codec::default_codecs(copy_case.codec, copy_case.dtype);
  if (!copy_case.shard_shape.empty()) {
    metadata.chain = codec::sharded(std::move(metadata.chain), copy_case.chunk_shape, metadata.fill);
    metadata.chunk_shape = copy_case.shard_shape;
  }
  return metadata;
}

void check_content(ByteView array, const CopyCase& copy_case) {
  const auto expected = std::make_unique<std::byte[]>(array.size());
  fill_array(copy_case, {expected.get(), array.size()});
  for (std::size_t at = 0; at < array.size(); at += kCheckBytes) {
    const std::size_t bytes = std::min(kCheckBytes, array.size() - at);
    if (std::memcmp(array.data() + at, expected.get() + at, bytes) != 0) {
      throw Error(ErrorCode::kCorrupt, copy_case.name() + ": the bytes read differ from those written within [" +
                                           std::to_string(at) + ", " + std::to_string(at + bytes) + ")");
    }
  }
}

// One after the other, in a random order that is always the same, each by a call of its own into the same memory. That
// begins with a page, as one would allocate it for this: the kernel fills it a fifth faster than what malloc gives, and
// the array is larger than its chunks.
void read_chunks(const CopyCase& copy_case, zarr::Array& array, MutableByteView room) {
  constexpr std::uintptr_t kPageBytes = 4096;
  const auto address = reinterpret_cast<std::uintptr_t>(room.data());
  const std::uint64_t ahead = (kPageBytes - address % kPageBytes) % kPageBytes;
  const std::uint64_t chunk_bytes =
      array::checked_element_count(copy_case.chunk_shape, copy_case.dtype.item_bytes, copy_case.name()) *
      copy_case.dtype.item_bytes;
  std::byte* memory = room.data() + (chunk_bytes + ahead <= room.size() ? ahead : 0);
  const array::ChunkGrid grid(copy_case.shape, copy_case.chunk_shape);
  const array::Region whole = array::whole(copy_case.shape);
  std::vector<std::uint64_t> order(grid.count(whole));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(kSeed));
  for (const std::uint64_t i : order) {
    const array::Region region = grid.part_at(whole, i).in_region;
    array.read_into({region.start, region.shape}, array::Dest::dense(memory, copy_case.dtype, region.shape));
  }
}

}  // namespace

void fill_array(const CopyCase& copy_case, MutableByteView array) {
  fill(array, copy_case.dtype, copy_case.data, kSeed);
}

void run_copy_case(const CopyCase& copy_case, MutableByteView array, store::Store& store, Executor& executor,
                   const SetMark& mark) {
  if (copy_case.operation == "write") {
    fill_array(copy_case, array);
    mark("begin");
    zarr::Array::create(store, "array", metadata_of(copy_case), executor)
        .write(array::Source::dense(array.data(), copy_case.dtype, copy_case.shape));
    mark("end");
  } else if (copy_case.operation == "read_chunks") {
    mark("begin");
    zarr::Array stored = zarr::Array::open(store, "array", executor);
    read_chunks(copy_case, stored, array);
    mark("end");
  } else {
    mark("begin");
    zarr::Array::open(store, "array", executor)
        .read_into(array::Dest::dense(array.data(), copy_case.dtype, copy_case.shape));
    mark("end");
    check_content(array, copy_case);
  }
}

}  // namespace chunkmark::study
