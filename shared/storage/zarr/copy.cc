#include "storage/zarr/copy.h"

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "storage/array/chunk_grid.h"
#include "storage/zarr/element_type.h"

namespace chunkmark::zarr {
namespace {

// Chunks of `to` put together, along the last dimensions first, as long as they fit.
array::Shape block_shape(const ArrayMetadata& to) {
  array::Shape block = to.chunk_shape;
  std::uint64_t bytes = array::element_count(block) * to.dtype.item_bytes;
  for (std::size_t axis = block.size(); axis-- > 0;) {
    const std::uint64_t chunks = std::max<std::uint64_t>((to.shape[axis] + block[axis] - 1) / block[axis], 1);
    const std::uint64_t fit = std::min(chunks, std::max<std::uint64_t>(kCopyBlockBytes / bytes, 1));
    block[axis] *= fit;
    bytes *= fit;
    if (fit < chunks) break;
  }
  return block;
}

}  // namespace

void copy_array(Array& from, Array& to, const CopyProgress& progress) {
  const ArrayMetadata& metadata = to.metadata();
  const ElementType type = metadata.element_type(), source = from.metadata().element_type();
  if (from.metadata().shape != metadata.shape || source.dtype != type.dtype || source.kind != type.kind) {
    throw Error(ErrorCode::kInvalidArgument, "copy: expected an array of " + array::to_string(metadata.shape) + " " +
                                                 json::serialize(type_json_v3(type)) + ", found " +
                                                 array::to_string(from.metadata().shape) + " " +
                                                 json::serialize(type_json_v3(source)));
  }
  const std::uint64_t total = array::element_count(metadata.shape) * type.dtype.item_bytes;
  std::uint64_t done = 0;
  std::unique_ptr<std::byte[]> memory;  // of the first block, which is the largest
  const array::ChunkGrid blocks(metadata.shape, block_shape(metadata));
  blocks.for_each(array::whole(metadata.shape), [&](const array::ChunkPart& part) {
    const array::Region region{part.in_region.start, part.in_region.shape};
    const std::uint64_t bytes = array::element_count(region.shape) * type.dtype.item_bytes;
    if (type.is_variable()) {
      to.write_strings(region, from.read_strings(region));
    } else {
      if (!memory) memory.reset(new std::byte[bytes]);
      const array::Dest block = array::Dest::dense(memory.get(), type.dtype, region.shape);
      from.read_into(region, block);
      to.write(region, {block.data, block.dtype, block.shape, block.strides});
    }
    progress(done += bytes, total);
  });
}

}  // namespace chunkmark::zarr
