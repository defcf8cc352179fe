#include "storage/hdf5/shared_heap.h"

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/fractal_heap.h"
#include "storage/hdf5/object_header.h"

namespace chunkmark::hdf5 {
namespace {

constexpr const char* kWhat = "table of shared messages";
constexpr unsigned kMaxIndexes = 8;

}  // namespace

std::vector<std::byte> shared_heap_message(const Container& container, std::uint16_t type, ByteView heap_id) {
  if (container.extension_header() == kUndefined) corrupt(kWhat, "the superblock has no extension that names it");
  const ObjectHeader extension = ObjectHeader::read(container, container.extension_header());
  const Message* table = extension.find(kSharedTableMessage);
  if (table == nullptr) corrupt(kWhat, "the superblock's extension does not name it");
  const Widths widths = container.widths();
  Cursor place(table->body, kWhat, widths);
  if (const unsigned version = place.u8(); version != 0) {
    unsupported(kWhat, "version " + std::to_string(version) + ", expected 0");
  }
  const std::uint64_t address = place.address();
  const unsigned indexes = place.u8();
  if (indexes == 0 || indexes > kMaxIndexes) {
    corrupt(kWhat, std::to_string(indexes) + " indexes, expected 1 to " + std::to_string(kMaxIndexes));
  }
  const std::uint64_t index_bytes = 14 + 2 * std::uint64_t{widths.offset};
  const Block block = container.read(address, 4 + indexes * index_bytes + 4, kWhat);
  Cursor cursor(without_checksum(block.bytes(), kWhat), kWhat, widths);
  cursor.expect("SMTB");
  for (unsigned i = 0; i < indexes; ++i) {
    cursor.skip(2);  // version, and whether it is a list
    const std::uint32_t types = cursor.u16();
    cursor.skip(4 + 6);  // least size of a message; list cutoffs, number of messages
    cursor.address();    // of the index
    const std::uint64_t heap = cursor.address();
    if (type >= 16 || (types >> type & 1) == 0) continue;
    return FractalHeap(container, heap).get(heap_id);
  }
  corrupt(kWhat, "no index for messages of type " + std::to_string(type));
}

}  // namespace chunkmark::hdf5
