// The sidecar index, FILE.idx: everything but array data that reading a versioned file takes, in one compressed piece.
//
// A versioned file's headers, mappings and chunk indexes lie scattered between its data; far away (HTTP, S3) each is a
// round trip. build_index() reads them all once and keeps the bytes of the file themselves, by offset, so that there is
// no second format to keep in step. IndexedFile lays them over the File: versions, times, shapes, mappings and
// chunk addresses then come from memory, and only array data (and strings' heaps) are read from the file.
//
// Stale indexes are noticed when one is opened: the file must have the indexed size, and the identity where it has one
// (an object's ETag). Elsewhere what is read first of any versioned file (superblock, the way to the versions group,
// its header, which names the current version) must be as it was: one to three small reads. There a file that was
// rewritten to the same size and current version passes; build a new index after every write.
//
// Files without versions have one too: headers, attributes, mappings and chunk indexes of all objects. Their witnesses
// are what of these lies in the file's first 64 KiB, the superblock among it: one read, and so two requests in all to
// open and list a file that is far away. A file that was rewritten to the same size with the same beginning passes.
//
// An index of another version of this layout is not read: the file is, and an index is made anew in a moment.
//
// Layout, little-endian: "CMKIDX1\n", u64 file size, u32 witnesses, u32 extents, u64 bytes of the body; in
// "CMKIDX2\n", for files that have one, then u32 bytes of the identity and these; then one zstd frame (with its
// checksum) of the body: per witness, then per extent, u64 offset and u64 bytes; then the extents' bytes. Memory: the
// extents, which are part of the file. Errors: kCorrupt; kConflict for a stale index.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "bytes/random_access.h"

namespace chunkmark::versioned {

// Opens every version and dataset of the file once. Damaged datasets are left out: they are read from the file, or not.
std::vector<std::byte> build_index(const bytes::RandomAccess& file);

class IndexedFile : public bytes::RandomAccess {
 public:
  // Borrows the file. `index` is what build_index made.
  IndexedFile(const bytes::RandomAccess& file, ByteView index);

  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return stale_ ? file_.size() : file_size_; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;
  ByteView view(std::uint64_t offset, std::uint64_t size) const override;
  void prefetch(std::span<const bytes::Extent> parts) const override;
  bool wants_prefetch() const override { return file_.wants_prefetch(); }
  // The index holds until the file is written.
  std::uint64_t begin_reading() const override {
    const std::uint64_t generation = file_.begin_reading();
    stale_ = stale_ || (generation_ && generation != *generation_);
    generation_ = generation;
    return generation;
  }
  void end_reading() const override { file_.end_reading(); }

 private:
  void check_fresh(ByteView witnesses) const;
  // The kept bytes of that range; empty where they are not all kept.
  ByteView find_extent(std::uint64_t offset, std::uint64_t size) const;

  const bytes::RandomAccess& file_;
  std::uint64_t file_size_ = 0;
  mutable bool stale_ = false;
  mutable std::optional<std::uint64_t> generation_;
  std::vector<std::byte> body_;
  std::map<std::uint64_t, ByteView> extents_;  // by offset in the file
};

}  // namespace chunkmark::versioned
