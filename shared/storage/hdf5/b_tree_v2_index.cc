// The version 2 chunk B-tree: datasets with several unlimited axes in "latest" files.
#include <vector>

#include "storage/hdf5/b_tree_v2.h"
#include "storage/hdf5/chunk_index.h"

namespace chunkmark::hdf5 {

namespace {

constexpr unsigned kPlainRecords = 10, kFilteredRecords = 11;

class BTreeV2Index : public ChunkIndex {
 public:
  BTreeV2Index(const Container& container, const Layout& layout, ChunkedShape shape)
      : container_(container),
        tree_(container, layout.address),
        shape_(std::move(shape)),
        size_width_(stored_size_width(layout, shape_.chunk_bytes, container.widths())) {
    if (tree_.type() != (shape_.filtered ? kFilteredRecords : kPlainRecords)) {
      corrupt("chunk B-tree", "records of type " + std::to_string(tree_.type()) + ", expected " +
                                  std::to_string(shape_.filtered ? kFilteredRecords : kPlainRecords));
    }
  }

  std::optional<ChunkRecord> find(std::span<const std::uint64_t> scaled) override {
    std::optional<ChunkRecord> result;
    std::vector<std::uint64_t> here(scaled.size());
    tree_.visit(
        [&](ByteView bytes) -> std::weak_ordering {
          parse(bytes, here);
          for (std::size_t axis = 0; axis < here.size(); ++axis) {
            if (here[axis] != scaled[axis]) return here[axis] <=> scaled[axis];
          }
          return std::weak_ordering::equivalent;
        },
        [&](ByteView bytes) {
          result = parse(bytes, here);
          return false;
        });
    return result;
  }

  void each(const Found& found) override {
    std::vector<std::uint64_t> scaled(shape_.chunk.size());
    tree_.visit({}, [&](ByteView bytes) {
      const ChunkRecord record = parse(bytes, scaled);
      return found(scaled, record);
    });
  }

 private:
  ChunkRecord parse(ByteView bytes, std::vector<std::uint64_t>& scaled) const {
    Cursor cursor(bytes, "chunk record", container_.widths());
    ChunkRecord record{cursor.address(), shape_.chunk_bytes, 0};
    if (shape_.filtered) {
      record.stored_bytes = cursor.number(size_width_);
      record.filter_mask = cursor.u32();
    }
    for (std::uint64_t& coordinate : scaled) coordinate = cursor.u64();
    return record;
  }

  const Container& container_;
  BTreeV2 tree_;
  ChunkedShape shape_;
  unsigned size_width_;
};

}  // namespace

std::unique_ptr<ChunkIndex> open_b_tree_v2_index(const Container& container, const Layout& layout, ChunkedShape shape) {
  return std::make_unique<BTreeV2Index>(container, layout, std::move(shape));
}

}  // namespace chunkmark::hdf5
