// HeapWriter: global heap collections of new objects: strings, mapping blocks.
//
// add() gives each object its place; only finish() needs to know where the collections will be. Every reference owns
// its object: HDF5 frees it with the reference, so nothing is shared. A collection takes at least 4096 bytes of the
// file; what is left in one can be filled by the next HeapWriter (HeapRoom). Owns the bytes. Not thread-safe. Source:
// HDF5 File Format Specification 3.0, III.E.
#pragma once

#include <optional>
#include <utility>

#include "storage/hdf5/header_writer.h"

namespace chunkmark::hdf5 {

// The free end of a collection that is in the file.
struct HeapRoom {
  std::uint64_t address = 0;         // of the collection
  std::uint64_t used = 0, size = 0;  // bytes
  unsigned objects = 0;              // so far
};

class HeapWriter {
 public:
  HeapWriter() = default;
  // Objects go to `room` while they fit. `memory` is for the first new collection: what it holds is of no meaning.
  explicit HeapWriter(const std::optional<HeapRoom>& room, Bytes memory = {});

  struct Place {
    std::size_t collection;
    std::uint16_t index;
  };
  Place add(ByteView object);
  // The same for an object that is made where it will be: valid until the next call.
  std::pair<Place, MutableByteView> add(std::uint64_t bytes);

  // Of all new collections, one after the other.
  std::uint64_t bytes() const;
  // Their bytes; the first will be at `address`, a multiple of 8. Call once, when all are added.
  Bytes finish(std::uint64_t address);
  // After finish(). Of the room that was given: where in the file to write what; nothing where it was not used.
  const std::optional<std::pair<std::uint64_t, Bytes>>& in_room() const { return in_room_; }
  // What the next one may use, once all of this is in the file.
  const std::optional<HeapRoom>& room_left() const { return room_left_; }
  std::uint64_t address_of(const Place& place) const { return addresses_.at(place.collection); }
  // What an element of a variable-length type of so many elements is; after finish().
  Bytes reference(const Place& place, std::uint64_t length) const;

 private:
  struct Collection {
    Bytes objects;       // that are new; behind the collection's own header, if that is new
    unsigned count = 0;  // of all
    std::optional<HeapRoom> room = {};
    std::uint64_t used() const;
    std::uint64_t size() const;  // header and free object included
    bool takes(std::uint64_t bytes) const;
  };
  void finish_room(Collection& collection, std::uint64_t left);

  std::vector<Collection> collections_;  // the one with room is the first
  std::vector<std::uint64_t> addresses_;
  std::optional<std::pair<std::uint64_t, Bytes>> in_room_;
  std::optional<HeapRoom> room_left_;
  Bytes memory_;
};

}  // namespace chunkmark::hdf5
