#include "storage/hdf5/chunk_tree_writer.h"

#include <algorithm>

#include "storage/hdf5/header_writer.h"

namespace chunkmark::hdf5 {

namespace {

constexpr unsigned kChunkNode = 1;
constexpr std::size_t kOffsetAt = 8;  // in a key: behind the chunk's size and mask

}  // namespace

ChunkTreeWriter::ChunkTreeWriter(FileSpace& space, unsigned k, std::uint64_t root, std::vector<std::uint64_t> chunk,
                                 std::uint64_t element_bytes)
    : tree_(space, kChunkNode, kOffsetAt + 8 * (chunk.size() + 1), k),
      root_(root),
      chunk_(std::move(chunk)),
      element_bytes_(element_bytes) {}

// Offsets in elements, and one more for the bytes of an element.
std::vector<std::byte> ChunkTreeWriter::key(std::uint64_t number, const Stored& stored) const {
  Bytes key;
  Writer to(key);
  to.u32(stored.bytes).u32(stored.filter_mask).u64(number * chunk_[0]);
  for (std::size_t i = 0; i < chunk_.size(); ++i) to.u64(0);
  return key;
}

// The last key of a tree is the corner of a chunk without bytes beyond it on every axis: as the HDF5 library has it.
std::vector<std::byte> ChunkTreeWriter::end_key(std::uint64_t number) const {
  Bytes key;
  Writer to(key);
  to.u64(0).u64((number + 1) * chunk_[0]);
  for (std::size_t axis = 1; axis < chunk_.size(); ++axis) to.u64(chunk_[axis]);
  to.u64(element_bytes_);
  return key;
}

int ChunkTreeWriter::compare(ByteView key, std::uint64_t number) const {
  const auto offset = load_le<std::uint64_t>(key.data() + kOffsetAt);
  const std::uint64_t wanted = number * chunk_[0];
  return offset == wanted ? 0 : offset < wanted ? -1 : 1;
}

BTreeV1Writer::Path ChunkTreeWriter::descend(std::uint64_t number) const {
  return tree_.descend(root_, [&](const BTreeV1Writer::Node& node) {
    std::size_t begin = 0, end = node.children.size();  // the last key that is not after the chunk
    while (begin < end) {
      const std::size_t middle = (begin + end) / 2;
      if (compare(tree_.key(node, middle), number) <= 0) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin == 0 ? 0 : begin - 1;
  });
}

std::optional<ChunkTreeWriter::Stored> ChunkTreeWriter::find(std::uint64_t number) const {
  if (root_ == kUndefined) return std::nullopt;
  const BTreeV1Writer::Path path = descend(number);
  const BTreeV1Writer::Step& leaf = path.back();
  const ByteView key = tree_.key(leaf.node, leaf.child);
  if (compare(key, number) != 0) return std::nullopt;
  return Stored{leaf.node.children[leaf.child], load_le<std::uint32_t>(key.data()),
                load_le<std::uint32_t>(key.data() + 4)};
}

void ChunkTreeWriter::reserve_root() {
  if (root_ == kUndefined && reserved_ == kUndefined) reserved_ = tree_.reserve();
}

void ChunkTreeWriter::add(std::uint64_t number, const Stored& stored) {
  const std::vector<std::byte> own = key(number, stored);
  if (root_ == kUndefined) {
    reserve_root();
    tree_.create(reserved_, own, stored.address, end_key(number));
    root_ = reserved_;
    return;
  }
  BTreeV1Writer::Path path = descend(number);
  BTreeV1Writer::Step& leaf = path.back();
  const int order = compare(tree_.key(leaf.node, leaf.child), number);
  if (order == 0) {
    leaf.node.children[leaf.child] = stored.address;
    // The first key of a node is also the one that leads to it.
    for (auto step = path.rbegin(); step != path.rend(); ++step) {
      tree_.set_key(step->node, step->child, own);
      if (step->child > 0) break;
    }
  } else if (order < 0 && BTreeV1Writer::at_end(path)) {
    tree_.set_last_key(path, end_key(number));
    tree_.insert(path, own, stored.address);
  } else {
    unsupported("chunk B-tree at " + std::to_string(root_), "a chunk between others");
  }
  tree_.write(path);
}

}  // namespace chunkmark::hdf5
