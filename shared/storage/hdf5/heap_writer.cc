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

std::uint64_t HeapWriter::Collection::size() const {
  return std::max(kMinCollection, kHeaderBytes + objects.size());
}

HeapWriter::Place HeapWriter::add(ByteView object) {
  const std::uint64_t bytes = kObjectHeaderBytes + padded(object.size());
  if (collections_.empty() || collections_.back().count == kMaxIndex ||
      (collections_.back().count > 0 && collections_.back().objects.size() + bytes > kFullCollection)) {
    collections_.emplace_back();
  }
  Collection& last = collections_.back();
  ++last.count;
  Writer(last.objects).u16(last.count).u16(0).u32(0).u64(object.size()).bytes(object);
  Writer(last.objects).zeros(padded(object.size()) - object.size());
  return {collections_.size() - 1, static_cast<std::uint16_t>(last.count)};
}

std::uint64_t HeapWriter::bytes() const {
  std::uint64_t total = 0;
  for (const Collection& collection : collections_) total += collection.size();
  return total;
}

Bytes HeapWriter::finish(std::uint64_t address) {
  Bytes all;
  all.reserve(bytes());
  for (const Collection& collection : collections_) {
    addresses_.push_back(address + all.size());
    Writer to(all);
    to.text("GCOL").u8(1).zeros(3).u64(collection.size()).bytes(collection.objects);
    const std::uint64_t left = collection.size() - kHeaderBytes - collection.objects.size();
    if (left >= kObjectHeaderBytes) {
      to.u16(0).u16(0).u32(0).u64(left).zeros(left - kObjectHeaderBytes);  // the free space is an object
    } else {
      to.zeros(left);
    }
  }
  return all;
}

Bytes HeapWriter::reference(const Place& place, std::uint64_t length) const {
  Bytes bytes;
  Writer(bytes).u32(length).u64(address_of(place)).u32(place.index);
  return bytes;
}

}  // namespace chunkmark::hdf5
