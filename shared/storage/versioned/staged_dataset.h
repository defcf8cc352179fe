// StagedDataset: one dataset of a version in the making: read, written, resized, before anything is in the file.
//
// Copy-on-write by chunks: those that are not touched stay what they are in the parent version; a touched one is read
// once and then lives in memory, with the fill value wherever the dataset has no element. So reads see all earlier
// writes, a store of one element costs nanoseconds, and memory is that of the touched chunks. Elements are as the
// file stores them (byte order kept); variable-length strings have functions of their own.
//
// Belongs to its Stage. Not thread-safe. Errors: kInvalidArgument for a region outside the shape and memory that does
// not fit it; those of reading.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/array/view.h"
#include "storage/versioned/committed_dataset.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

class Writer;

class StagedDataset {
 public:
  StagedDataset(Writer& writer, std::shared_ptr<RawStore> raw, std::shared_ptr<const CommittedDataset> base);
  StagedDataset(Writer& writer, std::shared_ptr<RawStore> raw, array::Shape shape);

  const std::string& path() const { return raw_->path(); }
  const array::Shape& shape() const { return shape_; }
  const array::Shape& chunk() const { return spec().chunk; }
  const hdf5::Datatype& type() const { return spec().type; }
  std::uint32_t element_bytes() const { return spec().element_bytes(); }
  array::DType dtype() const { return spec().dtype(); }
  ByteView fill_value() const { return spec().fill; }

  void read(const array::Region& region, const array::Dest& dest);
  void write(const array::Region& region, const array::Source& source);
  // All of it, row-major.
  template <typename T>
  void write(std::span<const T> values) {
    write_bytes(std::as_bytes(values));
  }
  void write_bytes(ByteView bytes);

  // Row-major strings of a region.
  std::vector<std::string> read_strings(const array::Region& region);
  void write_strings(const array::Region& region, std::span<const std::string> strings);

  // The element's bytes, to be written; valid until the next call. Nanoseconds where the last one was in the same
  // chunk.
  std::byte* element(std::span<const std::uint64_t> index);
  template <typename T>
  void set(std::initializer_list<std::uint64_t> index, T value) {
    if (sizeof value != element_bytes()) refuse_element(sizeof value);
    std::memcpy(element(std::span(index.begin(), index.size())), &value, sizeof value);
  }

  // New elements are the fill value. Errors: kInvalidArgument for another rank, or more than 2^62 bytes.
  void resize(const array::Shape& shape);

  Attributes& attributes() { return attributes_; }
  const Attributes& attributes() const { return attributes_; }
  std::size_t staged_chunks() const { return staged_.size(); }

 private:
  friend class ChunkWriter;
  friend class Writer;
  using Mapped = CommittedDataset::Mapped;

  const DatasetSpec& spec() const { return raw_->spec(); }
  array::Shape grid() const;
  std::uint64_t linear(const array::Shape& chunk_index, const array::Shape& grid) const;
  array::Shape index_of(std::uint64_t linear, const array::Shape& grid) const;
  // The part of a chunk that lies in the dataset.
  array::Shape box_of(const array::Shape& chunk_index, const array::Shape& shape) const;
  std::unique_ptr<StagedChunk> empty_chunk() const;
  std::unique_ptr<StagedChunk> load(std::uint64_t row, const array::Shape& chunk_index);
  void read_stored(std::uint64_t row, const array::Shape& chunk_index, const array::Region& in_chunk,
                   const array::Dest& dest);
  StagedChunk& stage(const array::Shape& chunk_index, bool whole);
  void clear_beyond(StagedChunk& chunk, const array::Shape& before, const array::Shape& after) const;
  void check(const array::Region& region, const array::Shape& memory, std::size_t strides, std::uint32_t item) const;
  void check_strings(bool wanted) const;
  [[noreturn]] void refuse_element(std::size_t bytes) const;

  Writer* writer_;
  std::shared_ptr<RawStore> raw_;
  std::shared_ptr<const CommittedDataset> base_;
  array::Shape shape_;
  std::vector<Mapped> mapped_;
  std::map<std::uint64_t, std::unique_ptr<StagedChunk>> staged_;  // by chunk; they hide what is mapped
  Attributes attributes_;
  array::Strides chunk_strides_;
  // The chunk of the last element().
  StagedChunk* last_ = nullptr;
  array::Shape last_start_;
};

}  // namespace chunkmark::versioned
