// Array: a Zarr array in a store: regions written from and read into memory that the caller owns.
//
// Borrows the store and the executor, which must outlive it; copies nothing that it can hand through. A chunk
// that a write covers goes straight from the source; one that it covers in part is read, changed and written
// whole (write_part_copy: the one place that holds chunks, at most 256 MB of them, or one; of a shard, an inner chunk).
// Chunks are worked on by all lanes of the executor: as many at a time as there are lanes, each with its codec's
// scratch; the last ones, fewer than lanes, one by one, with all lanes inside. Every chunk is published by itself: a
// call that fails leaves whole chunks, old and new, and throws the error of the first chunk that failed. Not
// thread-safe; writers of different chunks may work at once through Arrays of their own.
#pragma once

#include <string>
#include <vector>

#include "base/executor.h"
#include "storage/array/chunk_grid.h"
#include "storage/array/view.h"
#include "storage/store/store.h"
#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {

class Array {
 public:
  // Writes the metadata of a new array at `path` ("" is the store's root), replacing metadata that is there.
  static Array create(store::Store& store, std::string path, ArrayMetadata metadata, Executor& executor);
  // Errors: kNotFound when there is no array at `path`.
  static Array open(store::Store& store, std::string path, Executor& executor);

  const ArrayMetadata& metadata() const { return metadata_; }
  const std::string& path() const { return path_; }

  // Stores `source`, which has the region's shape and the array's element type.
  void write(const array::Region& region, const array::Source& source);
  void write(const array::Source& source) { write(array::whole(metadata_.shape), source); }

  // Fills `dest`, which has the region's shape and the array's element type. Chunks never written read as the
  // fill value. On an error `dest` holds anything.
  void read_into(const array::Region& region, const array::Dest& dest);
  void read_into(const array::Dest& dest) { read_into(array::whole(metadata_.shape), dest); }

  // A hint: the region is read next. What a store that is far away does with it is the store's (Store::open_each).
  void announce(const array::Region& region) { openings(region); }

  // Variable-length strings and bytes, in C order. They hold a chunk in memory, decoded and stored, and the strings.
  // Errors: kInvalidArgument for arrays of other types.
  std::vector<std::string> read_strings(const array::Region& region);
  void write_strings(const array::Region& region, const std::vector<std::string>& strings);

 private:
  Array(store::Store& store, std::string path, ArrayMetadata metadata, Executor& executor);

  std::uint64_t chunk_bytes() const;
  std::string key_of(const array::Shape& chunk) const;
  std::unique_ptr<store::Openings> openings(const array::Region& region);
  void write_chunk(const std::string& key, const array::ChunkSource& source, Executor& executor);
  void write_part_copy(const std::string& key, const array::ChunkPart& part, const array::Source& source,
                       Executor& executor);
  template <typename Byte>
  array::View<Byte> stored_view(const array::View<Byte>& view) const;
  array::Region stored_region(const array::Region& region) const;
  void check_strings(const array::Region& region) const;
  void check_view(const array::Region& region, const array::Shape& shape, array::DType dtype) const;

  store::Store& store_;
  std::string path_;
  ArrayMetadata metadata_;
  Executor& executor_;
  array::ChunkGrid grid_;
  array::ChunkForm form_;
};

}  // namespace chunkmark::zarr
