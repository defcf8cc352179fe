#include "storage/versioned/new_file.h"

#include <array>

#include "bytes/memory_file.h"
#include "storage/hdf5/heap_writer.h"
#include "storage/hdf5/symbol_table_writer.h"
#include "storage/versioned/session.h"
#include "storage/versioned/timestamp.h"

namespace chunkmark::versioned {

using hdf5::Bytes;
using hdf5::FileSpace;
using hdf5::SymbolTableWriter;
using hdf5::Writer;

namespace {

constexpr std::int64_t kDataVersion = 4;  // of the format: uint64 rows, no fill value chunks
constexpr std::uint64_t kSuperblockBytes = 56 + 40;
// The groups take 2.6 KB of the first page, which a reader far away gets with its first request; the heaps lie behind
// it.
constexpr std::uint64_t kHeapsAt = 4096;

std::uint64_t place(FileSpace& space, ByteView bytes) {
  const std::uint64_t address = space.reserve(bytes.size());
  space.file.write_at(address, bytes);
  return address;
}

// In a heap collection of its own: the current version's name is written over in its place by each commit.
hdf5::AttributeBytes text_attribute(FileSpace& heaps, const char* name, std::string_view value) {
  hdf5::HeapWriter heap;
  const hdf5::HeapWriter::Place at = heap.add(as_byte_view(value));
  place(heaps, heap.finish(heaps.reserve(0)));
  return {name, hdf5::text_type(), hdf5::scalar_space(), heap.reference(at, value.size())};
}

void write_superblock(bytes::RandomAccess& file, hdf5::GroupFanout fanout, std::uint64_t root) {
  Bytes block;
  Writer to(block);
  to.text("\x89HDF\r\n\x1a\n").u8(0).u8(0).u8(0).u8(0).u8(0).u8(8).u8(8).u8(0);
  to.u16(fanout.leaf_k).u16(fanout.tree_k).u32(0);
  to.u64(0).u64(hdf5::kUndefined).u64(file.size()).u64(hdf5::kUndefined);
  to.u64(0).u64(root).u32(0).u32(0).zeros(16);  // the root's entry: without a name, nothing cached of it
  file.write_at(0, ByteView(block));
}

}  // namespace

std::vector<std::byte> new_versioned_file(std::int64_t time) {
  bytes::MemoryFile file("new versioned file", {});
  FileSpace groups{file, kSuperblockBytes}, heaps{file, kHeapsAt};
  const hdf5::GroupFanout fanout;
  const std::string none(kFirstVersion);

  hdf5::HeaderWriter first(1);
  first.group();
  first.attribute(text_attribute(heaps, "timestamp", format_timestamp(time)));
  const std::uint64_t first_version = place(groups, first.finish());

  Bytes number;
  Writer(number).u64(kDataVersion);
  const std::array attributes{
      text_attribute(heaps, "current_version", none),
      hdf5::AttributeBytes{"data_version", hdf5::integer_type(), hdf5::scalar_space(), number},
  };
  const std::uint64_t versions = SymbolTableWriter::create(groups, fanout, none, first_version, attributes);
  const std::uint64_t data = SymbolTableWriter::create(groups, fanout, "versions", versions);
  const std::uint64_t root = SymbolTableWriter::create(groups, fanout, "_version_data", data);
  write_superblock(file, fanout, root);
  return file.bytes();
}

}  // namespace chunkmark::versioned
