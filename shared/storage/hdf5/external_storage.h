// ExternalStorage: the elements of a contiguous dataset that lie in other files, one part behind the other.
//
// Parts are opened when they are read, one at a time. Where a file is shorter than its part, the rest is zeros, as the
// HDF5 library has it. Borrows the Container. Not thread-safe. Errors: kCorrupt; kNotFound and kUnsupported name the
// dataset and the files that cannot be reached. Source: HDF5 File Format Specification 3.0, IV.A.2.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

class ExternalStorage final : public bytes::RandomAccess {
 public:
  // `name` is the dataset's.
  ExternalStorage(const Container& container, ByteView message, std::string name);

  struct Part {
    std::string file;
    std::uint64_t offset = 0;  // in that file
    std::uint64_t size = 0;    // kUndefined: as much as is asked for
  };
  const std::vector<Part>& parts() const { return parts_; }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;

 private:
  void read_run(std::uint64_t offset, MutableByteView run) const;
  const bytes::RandomAccess& opened(std::size_t part) const;

  const Container& container_;
  std::string name_;
  std::vector<Part> parts_;
  std::uint64_t size_ = 0;
  mutable std::unique_ptr<bytes::RandomAccess> file_;  // of parts_[open_]
  mutable std::size_t open_ = 0;
};

}  // namespace chunkmark::hdf5
