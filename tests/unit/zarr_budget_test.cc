// Zero copies as a budget: how much heap a write or a read takes besides the array, and that it does not grow with it.
#include <random>

#include "native/os/thread_executor.h"
#include "native/store/local_store.h"
#include "storage/codec/registry.h"
#include "storage/zarr/array.h"
#include "unit/catch.h"
#include "unit/counted_heap.h"
#include "unit/temporary_folder.h"

namespace chunkmark::zarr {
namespace {

using array::Dest;
using array::DType;
using array::Shape;
using array::Source;

// 8 MB: what a study's cell may take besides the array, with two threads.
constexpr std::int64_t kMostScratch = 8'000'000;

enum class Layout { kDense, kFortran, kBigEndian, kPadded };

struct Figures {
  std::int64_t write, read;
};

Figures measure(const char* compressor, Layout layout, DType dtype, std::uint64_t rows, Executor& executor) {
  const TemporaryFolder folder;
  store::LocalStore store(folder.path(), bytes::Durability::kNone);
  const Shape shape{rows, 1000};
  ArrayMetadata metadata;
  metadata.shape = metadata.chunk_shape = shape;
  metadata.dtype = dtype;
  metadata.chain.codecs = codec::default_codecs(compressor, dtype);
  metadata.chain.big_endian = layout == Layout::kBigEndian;
  if (layout == Layout::kFortran) metadata.chain.transpose = {1, 0};
  if (layout == Layout::kPadded) metadata.chunk_shape = {rows + 3, 1005};

  std::vector<std::byte> data(rows * 1000 * dtype.item_bytes);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform;
  for (std::size_t i = 0; i < data.size(); i += 4) store_le(&data[i], uniform(random));
  Figures figures{};
  figures.write =
      heap_of([&] { Array::create(store, "a", metadata, executor).write(Source::dense(data.data(), dtype, shape)); });
  std::vector<std::byte> back(data.size());
  figures.read = heap_of([&] { Array::open(store, "a", executor).read_into(Dest::dense(back.data(), dtype, shape)); });
  CHECK((back == data));
  return figures;
}

TEST_CASE("a write or a read takes bounded heap, which does not grow with the chunk") {
  constexpr DType kFloat32{array::Kind::kFloat, 4};
  constexpr DType kFloat64{array::Kind::kFloat, 8};
  InlineExecutor one;
  os::ThreadExecutor two(2);
  for (const char* compressor : {"none", "blosc", "zstd", "gzip"}) {
    for (const Layout layout : {Layout::kDense, Layout::kFortran, Layout::kBigEndian, Layout::kPadded}) {
      for (const DType dtype : {kFloat32, kFloat64}) {
        if (dtype == kFloat64 && layout != Layout::kDense) continue;
        // One thread for the growth: with two, peaks also depend on which of their moments coincide.
        const Figures small = measure(compressor, layout, dtype, 800, one);
        const Figures large = measure(compressor, layout, dtype, 2400, one);
        const Figures parallel = measure(compressor, layout, dtype, 2400, two);
        const double growth = 1600.0 * 1000 * dtype.item_bytes;
        CAPTURE(compressor, static_cast<int>(layout), dtype.item_bytes, small.write, large.write, small.read,
                large.read, parallel.write, parallel.read);
        CHECK(parallel.write <= kMostScratch);
        CHECK(parallel.read <= kMostScratch);
        CHECK(static_cast<double>(large.write - small.write) < 0.01 * growth);
        CHECK(static_cast<double>(large.read - small.read) < 0.01 * growth);
        std::printf("%s layout %d item %u: write %.2f MB, read %.2f MB\n", compressor, static_cast<int>(layout),
                    dtype.item_bytes, static_cast<double>(parallel.write) / 1e6,
                    static_cast<double>(parallel.read) / 1e6);
      }
    }
  }
}

}  // namespace
}  // namespace chunkmark::zarr
