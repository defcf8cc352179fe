#include "storage/hdf5/heap_writer.h"

#include <algorithm>

namespace chunkmark::hdf5 {

namespace {

constexpr std::uint64_t kHeaderBytes = 16, kObjectHeaderBytes = 16;
constexpr std::uint64_t kMinCollection = 4096;  // the format's own minimum
// A reader loads whole collections: many small ones rather than a large one. An object that is larger has its own.
constexpr std::uint64_t kFullCollection = 1 << 18;
constexpr unsigned kMaxIndex = 65535;

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

}  // namespace

std::uint64_t HeapWriter::Collection::used() const {
  return (room ? room->used : kHeaderBytes) + objects.size();
}

std::uint64_t HeapWriter::Collection::size() const {
  return room ? room->size : std::max(kMinCollection, used());
}

bool HeapWriter::Collection::takes(std::uint64_t bytes) const {
  if (count == kMaxIndex) return false;
  return room ? used() + bytes <= room->size : count == 0 || objects.size() + bytes <= kFullCollection;
}

// The free space is an object, if one fits.
void HeapWriter::Collection::put_free(Bytes& to) const {
  const std::uint64_t left = size() - used();
  if (left >= kObjectHeaderBytes) {
    Writer(to).u16(0).u16(0).u32(0).u64(left).zeros(left - kObjectHeaderBytes);
  } else {
    Writer(to).zeros(left);
  }
}

HeapWriter::HeapWriter(const std::optional<HeapRoom>& room) {
  if (!room) return;
  collections_.push_back({{}, room->objects, room});
}

HeapWriter::Place HeapWriter::add(ByteView object) {
  const std::uint64_t bytes = kObjectHeaderBytes + padded(object.size());
  std::size_t at = 0;
  if (collections_.empty() || !collections_.front().takes(bytes)) {
    if (collections_.empty() || !collections_.back().takes(bytes)) collections_.emplace_back();
    at = collections_.size() - 1;
  }
  Collection& to = collections_[at];
  ++to.count;
  Writer(to.objects).u16(to.count).u16(0).u32(0).u64(object.size()).bytes(object);
  Writer(to.objects).zeros(padded(object.size()) - object.size());
  return {at, static_cast<std::uint16_t>(to.count)};
}

std::uint64_t HeapWriter::bytes() const {
  std::uint64_t total = 0;
  for (const Collection& collection : collections_) total += collection.room ? 0 : collection.size();
  return total;
}

Bytes HeapWriter::finish(std::uint64_t address) {
  Bytes all;
  all.reserve(bytes());
  for (const Collection& collection : collections_) {
    addresses_.push_back(collection.room ? collection.room->address : address + all.size());
    if (collection.room) continue;
    Writer(all).text("GCOL").u8(1).zeros(3).u64(collection.size()).bytes(collection.objects);
    collection.put_free(all);
  }
  return all;
}

std::optional<std::pair<std::uint64_t, Bytes>> HeapWriter::in_room() const {
  if (collections_.empty() || !collections_.front().room || collections_.front().objects.empty()) return std::nullopt;
  const Collection& collection = collections_.front();
  Bytes bytes = collection.objects;
  // Of the free space its header alone: what is behind it is nobody's.
  Bytes free;
  collection.put_free(free);
  free.resize(std::min<std::size_t>(free.size(), kObjectHeaderBytes));
  Writer(bytes).bytes(free);
  return std::pair{collection.room->address + collection.room->used, std::move(bytes)};
}

std::optional<HeapRoom> HeapWriter::room_left() const {
  std::optional<HeapRoom> most;
  for (std::size_t i = 0; i < collections_.size(); ++i) {
    const Collection& collection = collections_[i];
    const std::uint64_t left = collection.size() - collection.used();
    if (left == 0 || (most && most->size - most->used >= left)) continue;
    most = HeapRoom{addresses_.at(i), collection.used(), collection.size(), collection.count};
  }
  return most;
}

Bytes HeapWriter::reference(const Place& place, std::uint64_t length) const {
  Bytes bytes;
  Writer(bytes).u32(length).u64(address_of(place)).u32(place.index);
  return bytes;
}

}  // namespace chunkmark::hdf5
