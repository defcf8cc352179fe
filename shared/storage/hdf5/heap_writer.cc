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

// The free space at a collection's end is an object, if one fits.
void put_free(Bytes& to, std::uint64_t left) {
  if (left >= kObjectHeaderBytes) {
    Writer(to).u16(0).u16(0).u32(0).u64(left).zeros(left - kObjectHeaderBytes);
  } else {
    Writer(to).zeros(left);
  }
}

}  // namespace

std::uint64_t HeapWriter::Collection::used() const {
  return (room ? room->used : 0) + objects.size();
}

std::uint64_t HeapWriter::Collection::size() const {
  return room ? room->size : std::max(kMinCollection, used());
}

bool HeapWriter::Collection::takes(std::uint64_t bytes) const {
  if (count == kMaxIndex) return false;
  return room ? used() + bytes <= room->size : count == 0 || used() + bytes <= kFullCollection;
}

HeapWriter::HeapWriter(const std::optional<HeapRoom>& room, Bytes memory) : memory_(std::move(memory)) {
  if (!room) return;
  collections_.push_back({{}, room->objects, room});
}

HeapWriter::Place HeapWriter::add(ByteView object) {
  const auto [place, bytes] = add(object.size());
  std::copy(object.begin(), object.end(), bytes.begin());
  return place;
}

std::pair<HeapWriter::Place, MutableByteView> HeapWriter::add(std::uint64_t size) {
  const std::uint64_t bytes = kObjectHeaderBytes + padded(size);
  std::size_t at = 0;
  if (collections_.empty() || !collections_.front().takes(bytes)) {
    if (collections_.empty() || !collections_.back().takes(bytes)) {
      memory_.assign(kHeaderBytes, std::byte{0});
      collections_.push_back({std::exchange(memory_, {})});
    }
    at = collections_.size() - 1;
  }
  Collection& to = collections_[at];
  ++to.count;
  Writer(to.objects).u16(to.count).u16(0).u32(0).u64(size);
  const std::size_t from = to.objects.size();
  to.objects.resize(from + padded(size));
  return {{at, static_cast<std::uint16_t>(to.count)}, MutableByteView(to.objects).subspan(from, size)};
}

std::uint64_t HeapWriter::bytes() const {
  std::uint64_t total = 0;
  for (const Collection& collection : collections_) total += collection.room ? 0 : collection.size();
  return total;
}

Bytes HeapWriter::finish(std::uint64_t address) {
  Bytes all;
  for (Collection& collection : collections_) {
    const std::uint64_t left = collection.size() - collection.used();
    const std::uint64_t at = collection.room ? collection.room->address : address + all.size();
    addresses_.push_back(at);
    if (left > 0 && (!room_left_ || room_left_->size - room_left_->used < left))
      room_left_ = HeapRoom{at, collection.used(), collection.size(), collection.count};
    if (collection.room) {
      finish_room(collection, left);
      continue;
    }
    Bytes header;
    Writer(header).text("GCOL").u8(1).zeros(3).u64(collection.size());
    std::copy(header.begin(), header.end(), collection.objects.begin());
    if (all.empty()) {
      all = std::move(collection.objects);
    } else {
      Writer(all).bytes(collection.objects);
    }
    put_free(all, left);
  }
  return all;
}

void HeapWriter::finish_room(Collection& collection, std::uint64_t left) {
  if (collection.objects.empty()) return;
  // Of the free space its header alone: what is behind it is nobody's.
  Bytes free;
  put_free(free, left);
  free.resize(std::min<std::size_t>(free.size(), kObjectHeaderBytes));
  in_room_.emplace(collection.room->address + collection.room->used, std::move(collection.objects));
  Writer(in_room_->second).bytes(free);
}

Bytes HeapWriter::reference(const Place& place, std::uint64_t length) const {
  Bytes bytes;
  Writer(bytes).u32(length).u64(address_of(place)).u32(place.index);
  return bytes;
}

}  // namespace chunkmark::hdf5
