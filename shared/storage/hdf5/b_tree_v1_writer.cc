#include "storage/hdf5/b_tree_v1_writer.h"

#include <algorithm>
#include <array>

#include "storage/hdf5/header_writer.h"

namespace chunkmark::hdf5 {

namespace {

constexpr std::uint64_t kLeftAt = 8;  // in a node

std::string name_of(std::uint64_t address) {
  return "B-tree node at " + std::to_string(address);
}

}  // namespace

BTreeV1Writer::Node BTreeV1Writer::read(std::uint64_t address, int above) const {
  const std::string name = name_of(address);
  Node node;
  node.address = address;
  node.old.resize(node_bytes());
  space_.file.read_at(address, node.old);
  Cursor cursor(node.old, name);
  cursor.expect("TREE");
  if (const unsigned type = cursor.u8(); type != type_)
    corrupt(name, "node type " + std::to_string(type) + ", expected " + std::to_string(type_));
  node.level = cursor.u8();
  const std::size_t used = cursor.u16();
  node.left = cursor.u64();
  node.right = cursor.u64();
  // Levels fall by one from parent to child, so that a ring of nodes ends.
  if (above >= 0 && static_cast<int>(node.level) != above - 1)
    corrupt(name, "level " + std::to_string(node.level) + ", expected " + std::to_string(above - 1));
  if (used > most_) corrupt(name, std::to_string(used) + " children, expected at most " + std::to_string(most_));
  if (used == 0) unsupported(name, "it has no children");
  node.keys.resize((used + 1) * key_bytes_);
  node.children.resize(used);
  for (std::size_t i = 0; i <= used; ++i) {
    set_key(node, i, cursor.bytes(key_bytes_));
    if (i < used) node.children[i] = cursor.u64();
  }
  return node;
}

BTreeV1Writer::Path BTreeV1Writer::descend(std::uint64_t root,
                                           const std::function<std::size_t(const Node&)>& choose) const {
  Path path;
  for (int above = -1;; above = static_cast<int>(path.back().node.level)) {
    Step step{read(path.empty() ? root : path.back().node.children[path.back().child], above)};
    step.child = choose(step.node);
    path.push_back(std::move(step));
    if (path.back().node.level == 0) return path;
  }
}

bool BTreeV1Writer::at_end(const Path& path) {
  return std::all_of(path.begin(), path.end(),
                     [](const Step& step) { return step.child + 1 == step.node.children.size(); });
}

void BTreeV1Writer::set_key(Node& node, std::size_t i, ByteView key) const {
  std::copy(key.begin(), key.end(), node.keys.begin() + static_cast<std::ptrdiff_t>(i * key_bytes_));
}

void BTreeV1Writer::set_last_key(Path& path, ByteView key) const {
  for (Step& step : path) set_key(step.node, step.node.children.size(), key);
}

void BTreeV1Writer::insert(Path& path, ByteView between, std::uint64_t child) {
  insert(path, path.size() - 1, between, child);
}

void BTreeV1Writer::insert(Path& path, std::size_t depth, ByteView between, std::uint64_t child) {
  Node& node = path[depth].node;
  const std::size_t at = path[depth].child + 1;
  const auto key_at = [&](std::size_t i) { return static_cast<std::ptrdiff_t>(i * key_bytes_); };
  const bool appended = at == node.children.size() && node.right == kUndefined;
  node.keys.insert(node.keys.begin() + key_at(at), between.begin(), between.end());
  node.children.insert(node.children.begin() + static_cast<std::ptrdiff_t>(at), child);
  if (node.children.size() <= most_) return;

  check_neighbour(node);
  const std::size_t kept = appended ? most_ : (most_ + 1) / 2;
  Node right{reserve(), node.level, node.address, node.right};
  right.keys.assign(node.keys.begin() + key_at(kept), node.keys.end());
  right.children.assign(node.children.begin() + static_cast<std::ptrdiff_t>(kept), node.children.end());
  node.keys.resize((kept + 1) * key_bytes_);
  node.children.resize(kept);
  node.right = right.address;
  if (right.right != kUndefined) left_of_.emplace_back(right.right, right.address);
  const std::vector<std::byte> split(node.keys.end() - key_at(1), node.keys.end());
  const std::uint64_t right_address = right.address;
  if (depth > 0) {
    made_.push_back(std::move(right));
    return insert(path, depth - 1, split, right_address);
  }
  Node left = node;  // what the root had
  left.address = reserve();
  left.old.clear();
  right.left = left.address;
  node.keys.resize(key_bytes_);
  node.keys.insert(node.keys.end(), split.begin(), split.end());
  node.keys.insert(node.keys.end(), right.keys.end() - key_at(1), right.keys.end());
  node.children = {left.address, right.address};
  node.right = kUndefined;
  ++node.level;
  made_.push_back(std::move(left));
  made_.push_back(std::move(right));
}

void BTreeV1Writer::check_neighbour(const Node& node) const {
  if (node.right == kUndefined) return;
  std::array<std::byte, kPrefixBytes> prefix{};
  space_.file.read_at(node.right, prefix);
  const std::string name = name_of(node.right);
  if (as_text(ByteView(prefix).first(4)) != "TREE" || load_le<std::uint64_t>(prefix.data() + kLeftAt) != node.address)
    corrupt(name, "expected a node to the right of the one at " + std::to_string(node.address));
}

void BTreeV1Writer::write(Path& path) {
  for (const Node& node : made_) write(node);
  for (const auto& [right, left] : left_of_) {
    std::byte address[8];
    store_le(address, left);
    space_.file.write_at(right + kLeftAt, ByteView(address));
  }
  made_.clear();
  left_of_.clear();
  for (const Step& step : path) write(step.node);
}

// A new node wholly, since readers read whole nodes; of others the two places that differ: the prefix, and keys.
void BTreeV1Writer::write(const Node& node) {
  Bytes bytes;
  bytes.reserve(node_bytes());
  Writer to(bytes);
  to.text("TREE").u8(type_).u8(node.level).u16(node.children.size()).u64(node.left).u64(node.right);
  for (std::size_t i = 0; i <= node.children.size(); ++i) {
    to.bytes(key(node, i));
    if (i < node.children.size()) to.u64(node.children[i]);
  }
  if (node.old.empty()) {
    bytes.resize(node_bytes());
    return space_.file.write_at(node.address, ByteView(bytes));
  }
  const auto write_changed = [&](std::size_t from, std::size_t end) {
    while (from < end && bytes[from] == node.old[from]) ++from;
    while (end > from && bytes[end - 1] == node.old[end - 1]) --end;
    if (from < end) space_.file.write_at(node.address + from, ByteView(bytes).subspan(from, end - from));
  };
  write_changed(0, kPrefixBytes);
  write_changed(kPrefixBytes, bytes.size());
}

void BTreeV1Writer::create(std::uint64_t root, ByteView first, std::uint64_t child, ByteView last) {
  Node node{root};
  node.keys.assign(first.begin(), first.end());
  node.keys.insert(node.keys.end(), last.begin(), last.end());
  node.children = {child};
  write(node);
}

}  // namespace chunkmark::hdf5
