// HeapWriter: global heap collections of new objects: strings, mapping blocks.
//
// add() gives each object its place; only finish() needs to know where the collections will be. Every reference owns
// its object: HDF5 frees it with the reference, so nothing is shared. Owns the bytes. Not thread-safe. Source: HDF5
// File Format Specification 3.0, III.E.
#pragma once

#include "storage/hdf5/header_writer.h"

namespace chunkmark::hdf5 {

class HeapWriter {
 public:
  struct Place {
    std::size_t collection;
    std::uint16_t index;
  };
  Place add(ByteView object);

  // Of all collections, one after the other.
  std::uint64_t bytes() const;
  // Their bytes; the first will be at `address`, a multiple of 8. Call once, when all are added.
  Bytes finish(std::uint64_t address);
  std::uint64_t address_of(const Place& place) const { return addresses_.at(place.collection); }
  // What an element of a variable-length type of so many elements is; after finish().
  Bytes reference(const Place& place, std::uint64_t length) const;

 private:
  struct Collection {
    Bytes objects;
    unsigned count = 0;
    std::uint64_t size() const;  // header and free object included
  };
  std::vector<Collection> collections_;
  std::vector<std::uint64_t> addresses_;
};

}  // namespace chunkmark::hdf5
