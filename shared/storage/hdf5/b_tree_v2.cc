#include "storage/hdf5/b_tree_v2.h"

#include <algorithm>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

namespace {

// Signature, version, type and checksum of a node.
constexpr std::uint64_t kNodeOverhead = 10;
// Nodes hold at least two records, so a tree this deep would not fit any disk.
constexpr unsigned kMaxDepth = 48;

// Bytes that hold any number up to `limit`.
unsigned width_for(std::uint64_t limit) {
  unsigned width = 1;
  while (limit >>= 8) ++width;
  return width;
}

}  // namespace

BTreeV2::BTreeV2(const Container& container, std::uint64_t header_address) : container_(container) {
  const std::string name = "B-tree header at " + std::to_string(header_address);
  const Widths widths = container.widths();
  const Block block = container.read(header_address, 22 + widths.offset + widths.length, name);
  Cursor cursor(without_checksum(block.bytes(), name), name, widths);
  cursor.expect("BTHD");
  if (const unsigned version = cursor.u8(); version != 0)
    unsupported(name, "version " + std::to_string(version) + ", expected 0");
  type_ = cursor.u8();
  node_bytes_ = cursor.u32();
  record_bytes_ = cursor.u16();
  depth_ = cursor.u16();
  cursor.skip(2);
  root_ = cursor.address();
  root_records_ = cursor.u16();
  total_ = cursor.length();
  if (record_bytes_ == 0 || node_bytes_ < kNodeOverhead + record_bytes_ || depth_ > kMaxDepth) {
    corrupt(name, "nodes of " + std::to_string(node_bytes_) + " bytes, records of " + std::to_string(record_bytes_) +
                      ", depth " + std::to_string(depth_));
  }
  // A node holds its records, and above the leaves one child more than records: address, number of records in the child
  // itself and, above the lowest inner level, number of all records below the child. The format does not store how wide
  // these numbers are: each is as wide as the largest that it could have to hold, which follows from the sizes, level
  // by level from the leaves up. With m records at most in a node and b at most below each of its m + 1 children, there
  // are at most (m + 1) * b + m below it.
  levels_.push_back({(node_bytes_ - kNodeOverhead) / record_bytes_, 0});
  count_width_ = width_for(levels_[0].max_records);
  std::uint64_t most_below = levels_[0].max_records;
  for (unsigned level = 1; level <= depth_; ++level) {
    const std::uint64_t pointer = widths.offset + count_width_ + levels_[level - 1].total_width;
    if (node_bytes_ < kNodeOverhead + pointer + record_bytes_ + pointer)
      corrupt(name, "nodes of " + std::to_string(node_bytes_) + " bytes are too small at level " +
                        std::to_string(level) + " for two children and a record of " + std::to_string(record_bytes_));
    const std::uint64_t most = (node_bytes_ - kNodeOverhead - pointer) / (record_bytes_ + pointer);
    most_below = std::min(saturating_multiply(most + 1, most_below), kUndefined - most) + most;
    levels_.push_back({most, width_for(most_below)});
  }
}

void BTreeV2::visit(const Compare& compare, const Found& found) const {
  if (root_ == kUndefined || total_ == 0) return;
  std::uint64_t visited_bytes = 0;
  visit_node(root_, root_records_, depth_, compare, found, visited_bytes);
}

// In order: child 0, record 0, child 1, record 1, ..., the last child. Records are sorted, so those wanted below child
// i lie after record i - 1 and before record i; `previous` and `here` are where these two stand relative to what is
// wanted. The child can be left out if record i - 1 already is behind all that is wanted, or record i still before it.
// What bounds a search in a sound tree is its depth; in any other, that all nodes visited together are no larger than
// the file.
bool BTreeV2::visit_node(std::uint64_t address, std::uint64_t records, unsigned depth, const Compare& compare,
                         const Found& found, std::uint64_t& visited_bytes) const {
  const std::string name = "B-tree node at " + std::to_string(address);
  if (records > levels_[depth].max_records) {
    corrupt(name, std::to_string(records) + " records, a node of its level has room for " +
                      std::to_string(levels_[depth].max_records));
  }
  const Widths widths = container_.widths();
  const unsigned below_width = depth > 0 ? levels_[depth - 1].total_width : 0;
  const std::uint64_t pointer = depth > 0 ? widths.offset + count_width_ + below_width : 0;
  const std::uint64_t used = 6 + records * record_bytes_ + (depth > 0 ? (records + 1) * pointer : 0) + 4;
  // Nodes that share children would otherwise be walked for ever.
  visited_bytes += used;
  if (visited_bytes > container_.size())
    corrupt(name, "its nodes add up to " + std::to_string(visited_bytes) + " bytes, the file has " +
                      std::to_string(container_.size()));
  const Block block = container_.read(address, used, name);
  Cursor cursor(without_checksum(block.bytes(), name), name, widths);
  cursor.expect(depth > 0 ? "BTIN" : "BTLF");
  cursor.skip(1);
  if (const unsigned type = cursor.u8(); type != type_) {
    corrupt(name, "records of type " + std::to_string(type) + ", its tree has type " + std::to_string(type_));
  }
  const ByteView all = cursor.bytes(records * record_bytes_);
  std::weak_ordering previous = std::weak_ordering::less;
  for (std::uint64_t i = 0;; ++i) {
    const ByteView record = i < records ? all.subspan(i * record_bytes_, record_bytes_) : ByteView();
    const std::weak_ordering here = i == records ? std::weak_ordering::greater
                                    : compare    ? compare(record)
                                                 : std::weak_ordering::equivalent;
    if (depth > 0) {
      const std::uint64_t child = cursor.address();
      const std::uint64_t child_records = cursor.number(count_width_);
      cursor.skip(below_width);
      // Wanted records can be below only if they do not all come after this record, nor all before the last
      // one.
      if (here >= 0 && previous <= 0 && !visit_node(child, child_records, depth - 1, compare, found, visited_bytes))
        return false;
    }
    if (i == records) return true;
    if (here == 0 && !found(record)) return false;
    previous = here;
  }
}

}  // namespace chunkmark::hdf5
