// The version 1 chunk B-tree: what files have unless "latest" was asked for.
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/hdf5/chunk_index.h"

namespace chunkmark::hdf5 {

namespace {

class BTreeV1Index : public ChunkIndex {
 public:
  BTreeV1Index(const Container& container, std::uint64_t root, ChunkedShape shape)
      : container_(container), root_(root), shape_(std::move(shape)), rank_(shape_.chunk.size()) {
    // Size, mask, and one offset an axis plus one for the element's bytes.
    key_bytes_ = 8 + 8 * (rank_ + 1);
    stride_ = key_bytes_ + container.widths().offset;
  }

  std::optional<ChunkRecord> find(std::span<const std::uint64_t> scaled) override {
    const Node* node = &load(root_, -1);
    for (;;) {
      // The last key that is not after the chunk.
      std::size_t begin = 0, end = node->used;
      while (begin < end) {
        const std::size_t middle = (begin + end) / 2;
        if (compare(*node, middle, scaled) <= 0) {
          begin = middle + 1;
        } else {
          end = middle;
        }
      }
      if (begin == 0) return std::nullopt;
      if (node->level == 0) {
        if (compare(*node, begin - 1, scaled) != 0) return std::nullopt;
        return record(*node, begin - 1);
      }
      node = &load(child(*node, begin - 1), node->level);
    }
  }

  void each(const Found& found) override {
    std::uint64_t visited = 0;
    std::vector<std::uint64_t> scaled(rank_);
    walk(load(root_, -1), visited, scaled, found);
  }

 private:
  struct Node {
    std::string name;
    int level;
    std::size_t used;
    Block block;
  };

  const Node& load(std::uint64_t address, int above) {
    if (const auto found = nodes_.find(address); found != nodes_.end()) {
      check_level(*found->second, above);
      return *found->second;
    }
    const std::string name = "chunk B-tree node at " + std::to_string(address);
    const Widths widths = container_.widths();
    const std::uint64_t prefix = 8 + 2 * widths.offset;
    const Block start = container_.read(address, prefix, name);
    Cursor cursor(start.bytes(), name, widths);
    cursor.expect("TREE");
    if (const unsigned type = cursor.u8(); type != 1)
      corrupt(name, "node type " + std::to_string(type) + ", expected 1");
    const int level = cursor.u8();
    const std::size_t used = cursor.u16();
    held_bytes_ += used * stride_ + key_bytes_;
    if (held_bytes_ > container_.size()) {
      corrupt(name, "the tree's nodes add up to " + std::to_string(held_bytes_) + " bytes, the file has " +
                        std::to_string(container_.size()));
    }
    auto node = std::make_unique<Node>(
        Node{name, level, used, container_.read(address + prefix, used * stride_ + key_bytes_, name)});
    check_level(*node, above);
    return *nodes_.emplace(address, std::move(node)).first->second;
  }

  // Levels fall by one from parent to child, so that a ring of nodes ends.
  static void check_level(const Node& node, int above) {
    if (above >= 0 && node.level != above - 1) {
      corrupt(node.name, "level " + std::to_string(node.level) + ", expected " + std::to_string(above - 1));
    }
  }

  std::uint64_t offset(const Node& node, std::size_t i, std::size_t axis) const {
    return load_le<std::uint64_t>(node.block.bytes().data() + i * stride_ + 8 + 8 * axis);
  }

  int compare(const Node& node, std::size_t i, std::span<const std::uint64_t> scaled) const {
    for (std::size_t axis = 0; axis < rank_; ++axis) {
      const std::uint64_t mine = offset(node, i, axis) / shape_.chunk[axis];
      if (mine != scaled[axis]) return mine < scaled[axis] ? -1 : 1;
    }
    return 0;
  }

  std::uint64_t child(const Node& node, std::size_t i) const {
    return Cursor(node.block.bytes().subspan(i * stride_ + key_bytes_), node.name, container_.widths()).address();
  }

  ChunkRecord record(const Node& node, std::size_t i) const {
    const std::byte* key = node.block.bytes().data() + i * stride_;
    return {child(node, i), load_le<std::uint32_t>(key), load_le<std::uint32_t>(key + 4)};
  }

  bool walk(const Node& node, std::uint64_t& visited, std::vector<std::uint64_t>& scaled, const Found& found) {
    visited += node.block.bytes().size();
    if (visited > container_.size()) {
      corrupt(node.name, "the nodes visited add up to " + std::to_string(visited) + " bytes, the file has " +
                             std::to_string(container_.size()));
    }
    for (std::size_t i = 0; i < node.used; ++i) {
      if (node.level > 0) {
        if (!walk(load(child(node, i), node.level), visited, scaled, found)) return false;
        continue;
      }
      for (std::size_t axis = 0; axis < rank_; ++axis) scaled[axis] = offset(node, i, axis) / shape_.chunk[axis];
      if (!found(scaled, record(node, i))) return false;
    }
    return true;
  }

  const Container& container_;
  std::uint64_t root_;
  ChunkedShape shape_;
  std::size_t rank_, key_bytes_ = 0, stride_ = 0;
  std::uint64_t held_bytes_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Node>> nodes_;
};

}  // namespace

std::unique_ptr<ChunkIndex> open_b_tree_v1_index(const Container& container, const Layout& layout, ChunkedShape shape) {
  return std::make_unique<BTreeV1Index>(container, layout.address, std::move(shape));
}

}  // namespace chunkmark::hdf5
