// Container: the bytes of one HDF5 file addressed as its structures address them.
//
// Finds the superblock (versions 0 to 3, behind a user block if there is one), knows the widths and the root
// group, and hands out blocks of metadata: bounds-checked against the file, so that no structure can ask for
// more memory than the file has bytes. Small blocks come through a bounded cache of pages, since one commit's
// structures lie close together. Borrows the file, which must outlive it. Not thread-safe. Source: HDF5 File
// Format Specification 3.0, II.A.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "bytes/random_access.h"
#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {

class OtherFiles;

// Bytes that are either borrowed from the file or owned. Movable; bytes() stays valid as long as the block.
class Block {
 public:
  explicit Block(ByteView borrowed) : size_(borrowed.size()), view_(borrowed.data()) {}
  explicit Block(std::unique_ptr<std::byte[]> owned, std::size_t size)
      : size_(size), owned_(std::move(owned)), view_(owned_.get()) {}
  ByteView bytes() const { return {view_, size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> owned_;
  const std::byte* view_;
};

class Container {
 public:
  // Errors: kCorrupt if there is no superblock, it is damaged, or the file is shorter than it says; kUnsupported,
  // naming it, for one of several files that make one together (member_files.h opens those). `others` is where the
  // files are that this one names; null: they cannot be reached.
  explicit Container(const bytes::RandomAccess& file, const OtherFiles* others = nullptr);

  // The file has other bytes now, and perhaps more: forgets those that it keeps.
  void forget();

  // With what a cache image says of its metadata, where there is one.
  const bytes::RandomAccess& file() const { return *file_; }
  const OtherFiles* others() const { return others_; }
  // What a user of the file should know, and no error tells: collected once each, up to a bound.
  void note(const std::string& notice) const;
  const std::vector<std::string>& notices() const { return notices_; }
  // Kept for path_of() of tree.h.
  std::map<std::uint64_t, std::string>& paths() const { return paths_; }
  Widths widths() const { return widths_; }
  std::uint64_t root_header() const { return root_header_; }
  // Of the superblock's extension; kUndefined where there is none.
  std::uint64_t extension_header() const { return extension_header_; }
  std::uint64_t superblock_offset() const { return superblock_offset_; }
  unsigned superblock_version() const { return version_; }
  // Where the file says how its bytes are spread over files (superblocks 0 and 1).
  std::uint64_t driver_address() const { return driver_address_; }
  // Bytes that the superblock says there are, from its start.
  std::uint64_t end() const { return end_; }
  // Of a file that is perhaps one of several: what is missing of it is no error, and nothing but the superblock is
  // read.
  static Container of_part(const bytes::RandomAccess& file) { return Container(file, Part()); }
  // Half the fan-out of version 1 chunk B-trees and of group B-trees ("K"), and of symbol nodes.
  unsigned chunk_tree_k() const { return chunk_tree_k_; }
  unsigned group_tree_k() const { return group_tree_k_; }
  unsigned group_leaf_k() const { return group_leaf_k_; }
  // In the file, of an address.
  std::uint64_t offset_of(std::uint64_t address) const { return base_ + address; }
  // Bytes that addresses may reach.
  std::uint64_t size() const { return size_; }

  // Errors: kCorrupt, naming `what`, unless the file has those bytes.
  void check(std::uint64_t address, std::uint64_t size, std::string_view what) const;
  // `size` bytes at the address `address`; kCorrupt, naming `what`, where the file ends before.
  Block read(std::uint64_t address, std::uint64_t size, std::string_view what) const;
  // A hint: the headers at these addresses are read next.
  void prefetch_headers(std::span<const std::uint64_t> addresses) const;
  // Straight into the caller's bytes, past the cache: for array data.
  void read_data(std::uint64_t address, MutableByteView into, std::string_view what) const;
  // The same into several runs, within what has been checked.
  void read_data(std::uint64_t address, std::span<const MutableByteView> runs) const;
  // Array data where the file has it in memory; empty where it has not.
  ByteView view_data(std::uint64_t address, std::uint64_t size, std::string_view what) const;

 private:
  struct Page {
    std::uint64_t number = kUndefined;
    std::vector<std::byte> bytes;
  };

  struct Part {};
  Container(const bytes::RandomAccess& file, Part);
  void fetch(std::uint64_t offset, MutableByteView into) const;
  void read_cached(std::uint64_t offset, MutableByteView into) const;
  void parse_superblock();

  const bytes::RandomAccess* file_;
  std::unique_ptr<bytes::RandomAccess> imaged_;  // the file under its cache image
  const OtherFiles* others_;
  Widths widths_;
  std::uint64_t base_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t root_header_ = kUndefined, extension_header_ = kUndefined;
  std::uint64_t superblock_offset_ = 0, driver_address_ = kUndefined, end_ = 0;
  unsigned consistency_flags_ = 0;
  unsigned version_ = 0;
  unsigned group_leaf_k_ = 4, group_tree_k_ = 16, chunk_tree_k_ = 32;
  mutable std::vector<Page> pages_;
  mutable std::vector<std::string> notices_;
  mutable std::map<std::uint64_t, std::string> paths_;
};

}  // namespace chunkmark::hdf5
