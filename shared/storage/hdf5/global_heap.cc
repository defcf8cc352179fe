#include "storage/hdf5/global_heap.h"

#include <string>

namespace chunkmark::hdf5 {

namespace {

// Strings of one chunk usually share a handful of 4 KiB collections; the bound keeps a file of many from
// being held whole.
constexpr std::uint64_t kMaxHeldBytes = 8 << 20;

}  // namespace

void GlobalHeap::forget() {
  recent_.clear();
  by_address_.clear();
  held_bytes_ = 0;
}

ByteView GlobalHeap::get(std::uint64_t collection, std::uint32_t index) {
  const Collection& loaded = load(collection);
  if (index == 0 || index >= loaded.objects.size() || !loaded.objects[index].data()) {
    corrupt("global heap at " + std::to_string(collection),
            "has no object " + std::to_string(index) + ", its highest is " +
                std::to_string(loaded.objects.empty() ? 0 : loaded.objects.size() - 1));
  }
  return loaded.objects[index];
}

ByteView GlobalHeap::sequence(ByteView reference, std::uint32_t element_bytes) {
  Cursor cursor(reference, "variable-length element", container_.widths());
  const std::uint64_t length = std::uint64_t{cursor.u32()} * element_bytes;
  const std::uint64_t collection = cursor.address();
  const std::uint32_t index = cursor.u32();
  if (length == 0 || collection == 0 || collection == kUndefined) return {};
  const ByteView object = get(collection, index);
  if (length > object.size()) {
    corrupt("global heap at " + std::to_string(collection), "object " + std::to_string(index) + " has " +
                                                                std::to_string(object.size()) +
                                                                " bytes, its reference says " + std::to_string(length));
  }
  served_bytes_ += length;
  if (served_bytes_ / 4096 > container_.size() + (1 << 20)) {
    corrupt(container_.file().name(), "its variable-length elements add up to " + std::to_string(served_bytes_) +
                                          " bytes, the file has " + std::to_string(container_.size()));
  }
  return object.first(length);
}

const GlobalHeap::Collection& GlobalHeap::load(std::uint64_t address) {
  if (!recent_.empty() && recent_.front().address == address) return recent_.front();
  if (const auto found = by_address_.find(address); found != by_address_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return recent_.front();
  }
  const std::string name = "global heap at " + std::to_string(address);
  const Widths widths = container_.widths();
  const Block prefix = container_.read(address, 8 + widths.length, name);
  Cursor start(prefix.bytes(), name, widths);
  start.expect("GCOL");
  if (const unsigned version = start.u8(); version != 1)
    corrupt(name, "version " + std::to_string(version) + ", expected 1");
  start.skip(3);
  const std::uint64_t size = start.length();
  if (size < 8 + widths.length)
    corrupt(name, "its size is " + std::to_string(size) + ", expected at least " + std::to_string(8 + widths.length));

  Collection collection{address, container_.read(address, size, name), {}};
  Cursor cursor(collection.block.bytes(), name, widths);
  cursor.skip(8 + widths.length);
  cursor.align(8);
  while (cursor.remaining() >= 8 + widths.length) {
    const std::uint16_t index = cursor.u16();
    cursor.skip(6);
    const std::uint64_t object_bytes = cursor.length();
    if (index == 0) break;  // the free space, which comes last
    cursor.align(8);
    if (collection.objects.size() <= index) collection.objects.resize(index + 1u);
    collection.objects[index] = cursor.bytes(object_bytes);
    cursor.align(8);
  }
  held_bytes_ += collection.held_bytes();
  while (!recent_.empty() && held_bytes_ > kMaxHeldBytes) {
    held_bytes_ -= recent_.back().held_bytes();
    by_address_.erase(recent_.back().address);
    recent_.pop_back();
  }
  recent_.push_front(std::move(collection));
  by_address_[address] = recent_.begin();
  return recent_.front();
}

}  // namespace chunkmark::hdf5
