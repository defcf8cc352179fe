// BTreeV2: visits the records of a version 2 B-tree: names and attributes of large groups, chunks with several
// unlimited axes.
//
// visit() goes through the records in order and may leave out whole subtrees: `compare` says where a record
// stands relative to what is wanted. Not thread-safe. Errors: kCorrupt (checksums are verified, depth and
// counts bounded). Source: HDF5 File Format Specification 3.0, III.A.2.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <vector>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

class BTreeV2 {
 public:
  BTreeV2(const Container& container, std::uint64_t header_address);

  unsigned type() const { return type_; }
  std::uint64_t record_bytes() const { return record_bytes_; }
  std::uint64_t count() const { return total_; }

  // Calls `found` with each record for which `compare` says "equivalent", in order, until it returns false.
  // `compare` says "less" for records before those wanted; null wants all.
  using Compare = std::function<std::weak_ordering(ByteView record)>;
  using Found = std::function<bool(ByteView record)>;
  void visit(const Compare& compare, const Found& found) const;

 private:
  struct Level {
    std::uint64_t max_records;
    unsigned total_width;  // bytes of a child's count of all records below it
  };
  bool visit_node(std::uint64_t address, std::uint64_t records, unsigned depth, const Compare& compare,
                  const Found& found, std::uint64_t& visited_bytes) const;

  const Container& container_;
  unsigned type_ = 0;
  std::uint64_t node_bytes_ = 0, record_bytes_ = 0, root_ = kUndefined, root_records_ = 0, total_ = 0;
  unsigned depth_ = 0, count_width_ = 0;
  std::vector<Level> levels_;
};

}  // namespace chunkmark::hdf5
