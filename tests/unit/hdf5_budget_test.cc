// Zero copies as a budget: how much heap the decoding of a large chunk takes besides the array, for every pipeline that
// is undone while bytes pass.
#include <algorithm>

#include "bytes/memory_file.h"
#include "storage/hdf5/chunk_stream.h"
#include "unit/catch.h"
#include "unit/counted_heap.h"
#include "unit/hdf5_encoders.h"

namespace chunkmark::hdf5 {
namespace {

constexpr std::uint32_t kItem = 8;
constexpr std::int64_t kMaxScratch = 4'000'000;

// Runs of one value, which compress fast, and are different in every 64 KiB.
Bytes content(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i >> 8) * 2654435761u >> 24 & 0x1f);
  return bytes;
}

std::int64_t scratch_of(const NamedPipeline& pipeline, std::uint64_t elements, bool fortran) {
  const Bytes data = content(elements * kItem);
  const bytes::MemoryFile stored("chunk", encoded(pipeline.filters, data, kItem));
  Bytes out(data.size());
  const array::Shape shape{elements / 1024, 1024};
  array::Dest dest = array::Dest::dense(out.data(), array::opaque(kItem), shape);
  if (fortran) dest.strides = {kItem, static_cast<std::int64_t>(kItem * shape[0])};
  const std::int64_t scratch =
      heap_of([&] { decode_streamed(pipeline.filters, 0, stored, shape, array::whole(shape), dest); });
  CHECK((fortran || out == data));
  return scratch;
}

TEST_CASE("decoding a chunk of 64 MiB takes bounded scratch, which does not grow with the chunk") {
  for (const NamedPipeline& pipeline : streamed_pipelines(kItem)) {
    for (const bool fortran : {false, true}) {
      const std::int64_t small = scratch_of(pipeline, 1 << 20, fortran), large = scratch_of(pipeline, 8 << 20, fortran);
      CAPTURE(pipeline.name, fortran, small, large);
      CHECK(large <= kMaxScratch);
      CHECK(static_cast<double>(large - small) < 0.01 * (7 << 20) * kItem);
      std::printf("%s%s: %.2f MB\n", pipeline.name, fortran ? ", Fortran order" : "", static_cast<double>(large) / 1e6);
    }
  }
}

}  // namespace
}  // namespace chunkmark::hdf5
