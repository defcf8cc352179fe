#include "storage/hdf5/symbol_table_writer.h"

#include <algorithm>
#include <array>

#include "storage/hdf5/header_patch.h"
#include "storage/hdf5/header_writer.h"
#include "storage/hdf5/object_header.h"

namespace chunkmark::hdf5 {

namespace {

constexpr unsigned kGroupNode = 0;
constexpr std::size_t kKeyBytes = 8, kEntryBytes = 40, kNodePrefixBytes = 8;
constexpr std::uint64_t kHeapHeaderBytes = 32, kFreeBytes = 16;
constexpr std::uint64_t kNoFreeBlock = 1;  // as the HDF5 library writes it
constexpr std::uint64_t kHeapBytes = 88;   // of a new group, as the library has it
constexpr std::uint64_t kMaxMessageBytes = 65528;
constexpr std::uint64_t kCopiedBytes = 16 * 1024;

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

std::array<std::byte, 8> le(std::uint64_t value) {
  std::array<std::byte, 8> bytes{};
  store_le(bytes.data(), value);
  return bytes;
}

Bytes entry(std::uint64_t name, std::uint64_t object) {
  Bytes bytes;
  Writer(bytes).u64(name).u64(object).zeros(kEntryBytes - 16);
  return bytes;
}

std::uint64_t name_at(ByteView entries, std::size_t i) {
  return load_le<std::uint64_t>(entries.data() + i * kEntryBytes);
}

}  // namespace

std::size_t SymbolTableWriter::Entries::count() const {
  return bytes.size() / kEntryBytes;
}

SymbolTableWriter::SymbolTableWriter(FileSpace& space, GroupFanout fanout)
    : space_(space), fanout_(fanout), tree_(space, kGroupNode, kKeyBytes, fanout.tree_k) {}

SymbolTableWriter::SymbolTableWriter(FileSpace& space, GroupFanout fanout, std::uint64_t group)
    : SymbolTableWriter(space, fanout) {
  const HeaderPatch header = HeaderPatch::read(space.file, group);
  const std::optional<HeaderPatch::Field> table = header.find(kSymbolTableMessage);
  if (!table || table->size < 16)
    unsupported("group at " + std::to_string(group), "its links are not in a symbol table");
  root_ = header.u64(*table);
  heap_ = header.u64(table->part(8, 8));
}

SymbolTableWriter::Heap SymbolTableWriter::heap() const {
  std::array<std::byte, kHeapHeaderBytes> bytes{};
  space_.file.read_at(heap_, bytes);
  Cursor cursor(bytes, "local heap");
  cursor.expect("HEAP");
  if (cursor.u8() != 0) unsupported("local heap", "its version is not 0");
  cursor.skip(3);
  Heap heap{};
  heap.bytes = cursor.u64();
  heap.free = cursor.u64();
  heap.data = cursor.u64();
  const std::uint64_t end = space_.file.size();
  if (heap.bytes > end || heap.data > end - heap.bytes)
    corrupt("local heap", std::to_string(heap.bytes) + " bytes at " + std::to_string(heap.data) + ", the file has " +
                              std::to_string(end));
  return heap;
}

int SymbolTableWriter::compare(const Heap& heap, std::uint64_t offset, std::string_view name) const {
  if (offset >= heap.bytes)
    corrupt("local heap", "a name at " + std::to_string(offset) + ", the heap has " + std::to_string(heap.bytes));
  // One byte more than the name: what has no end there is longer.
  std::string text(std::min<std::uint64_t>(name.size() + 1, heap.bytes - offset), '\0');
  space_.file.read_at(heap.data + offset, MutableByteView(reinterpret_cast<std::byte*>(text.data()), text.size()));
  return std::string_view(text).substr(0, text.find('\0')).compare(name);
}

// Child i has the names after key i, up to and with key i + 1. Versions are often named in order: the end is tried
// first.
BTreeV1Writer::Path SymbolTableWriter::descend(const Heap& heap, std::string_view name) const {
  return tree_.descend(root_, [&](const BTreeV1Writer::Node& node) {
    const auto is_before = [&](std::size_t i) {
      return compare(heap, load_le<std::uint64_t>(tree_.key(node, i).data()), name) < 0;
    };
    std::size_t begin = 0, end = node.children.size() - 1;
    if (end == 0 || is_before(end)) return end;
    while (begin < end) {
      const std::size_t middle = (begin + end) / 2;
      if (is_before(middle + 1)) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin;
  });
}

SymbolTableWriter::Entries SymbolTableWriter::read_entries(std::uint64_t address) const {
  const std::string name = "symbol table node at " + std::to_string(address);
  Entries entries{address, std::vector<std::byte>(kNodePrefixBytes + 2 * fanout_.leaf_k * kEntryBytes)};
  space_.file.read_at(address, entries.bytes);
  Cursor cursor(entries.bytes, name);
  cursor.expect("SNOD");
  if (const unsigned version = cursor.u8(); version != 1)
    unsupported(name, "version " + std::to_string(version) + ", expected 1");
  cursor.skip(1);
  const std::size_t count = cursor.u16();
  if (count > 2 * fanout_.leaf_k)
    corrupt(name, std::to_string(count) + " entries, expected at most " + std::to_string(2 * fanout_.leaf_k));
  entries.bytes.erase(entries.bytes.begin(), entries.bytes.begin() + kNodePrefixBytes);
  entries.bytes.resize(count * kEntryBytes);
  return entries;
}

std::size_t SymbolTableWriter::position(const Heap& heap, const Entries& entries, std::string_view name) const {
  std::size_t begin = 0, end = entries.count();
  const auto is_before = [&](std::size_t i) { return compare(heap, name_at(entries.bytes, i), name) < 0; };
  if (end == 0 || is_before(end - 1)) return end;
  --end;
  while (begin < end) {
    const std::size_t middle = (begin + end) / 2;
    if (is_before(middle)) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

std::optional<std::uint64_t> SymbolTableWriter::find(std::string_view name) const {
  const Heap names = heap();
  const BTreeV1Writer::Path path = descend(names, name);
  const Entries entries = read_entries(path.back().node.children[path.back().child]);
  const std::size_t at = position(names, entries, name);
  if (at == entries.count() || compare(names, name_at(entries.bytes, at), name) != 0) return std::nullopt;
  const std::byte* found = entries.bytes.data() + at * kEntryBytes;
  constexpr std::uint32_t kSoftLink = 2;
  if (load_le<std::uint32_t>(found + 16) == kSoftLink) unsupported("link " + std::string(name), "it is a soft link");
  return load_le<std::uint64_t>(found + 8);
}

std::vector<std::byte> SymbolTableWriter::node(ByteView entries) const {
  Bytes bytes;
  Writer(bytes).text("SNOD").u8(1).u8(0).u16(entries.size() / kEntryBytes).bytes(entries);
  bytes.resize(kNodePrefixBytes + 2 * fanout_.leaf_k * kEntryBytes);
  return bytes;
}

// The tail of the first free block that has room, so that nothing but its size changes; a block that is used up leaves
// the list. Free blocks are [next, size, ...], both 8 bytes.
SymbolTableWriter::NewName SymbolTableWriter::place_name(const Heap& heap, std::string_view name) {
  const std::uint64_t need = padded(name.size() + 1);
  Bytes text;
  Writer(text).text(name).zeros(need - name.size());
  NewName result;
  std::uint64_t pointer = heap_ + 16;  // to the block: the heap's, or that of the block before
  std::uint64_t visited = 0;
  for (std::uint64_t at = heap.free; at != kNoFreeBlock && at != kUndefined;) {
    visited += kFreeBytes;
    if (at % 8 != 0 || at > heap.bytes || heap.bytes - at < kFreeBytes || visited > heap.bytes)
      corrupt("local heap", "a free block at " + std::to_string(at));
    std::array<std::byte, kFreeBytes> block{};
    space_.file.read_at(heap.data + at, block);
    const auto next = load_le<std::uint64_t>(block.data()), size = load_le<std::uint64_t>(block.data() + 8);
    if (size < kFreeBytes || size % 8 != 0 || size > heap.bytes - at)
      corrupt("local heap", "a free block of " + std::to_string(size) + " bytes");
    if (size == need || size >= need + kFreeBytes) {
      result.offset = at + size - need;
      const auto changed = le(size == need ? next : size - need);
      result.writes.emplace_back(size == need ? pointer : heap.data + at + 8,
                                 std::vector<std::byte>(changed.begin(), changed.end()));
      result.writes.emplace_back(heap.data + result.offset, std::move(text));
      return result;
    }
    pointer = heap.data + at;
    at = next;
  }
  // Twice the space: the old data, the name, and the rest as the first free block.
  const std::uint64_t free_bytes = std::max(heap.bytes, kFreeBytes) / 8 * 8;
  result.offset = padded(heap.bytes);
  const std::uint64_t free = result.offset + need, bytes = free + free_bytes;
  const std::uint64_t address = space_.reserve(bytes);
  copy(heap.data, heap.bytes, address, bytes);
  result.writes.emplace_back(address + result.offset, std::move(text));
  Bytes first_free;
  Writer(first_free).u64(heap.free).u64(free_bytes);
  result.writes.emplace_back(address + free, std::move(first_free));
  Bytes header;
  Writer(header).u64(bytes).u64(free).u64(address);
  result.writes.emplace_back(heap_ + 8, std::move(header));
  return result;
}

// In pieces, as a group of many names has a large heap; zeros behind the `count` bytes that there are.
void SymbolTableWriter::copy(std::uint64_t from, std::uint64_t count, std::uint64_t to, std::uint64_t room) {
  Bytes piece(static_cast<std::size_t>(std::min(room, kCopiedBytes)));
  for (std::uint64_t at = 0; at < room; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min(room - at, kCopiedBytes)));
    const auto there = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), at < count ? count - at : 0));
    if (there > 0) space_.file.read_at(from + at, MutableByteView(piece).first(there));
    std::fill(piece.begin() + static_cast<std::ptrdiff_t>(there), piece.end(), std::byte{});
    space_.file.write_at(to + at, ByteView(piece));
  }
}

void SymbolTableWriter::add(std::string_view name, std::uint64_t object) {
  const Heap names = heap();
  BTreeV1Writer::Path path = descend(names, name);
  Entries entries = read_entries(path.back().node.children[path.back().child]);
  const std::size_t at = position(names, entries, name);
  if (at < entries.count() && compare(names, name_at(entries.bytes, at), name) == 0)
    throw Error(ErrorCode::kConflict, "link " + std::string(name) + ": it is there already");
  const bool at_end = BTreeV1Writer::at_end(path) && at == entries.count();
  // Where a last name was removed the last key may still be after this one.
  const BTreeV1Writer::Node& leaf = path.back().node;
  const bool new_last =
      at_end && compare(names, load_le<std::uint64_t>(tree_.key(leaf, leaf.children.size()).data()), name) < 0;
  const NewName placed = place_name(names, name);
  for (const auto& [address, bytes] : placed.writes) space_.file.write_at(address, ByteView(bytes));
  const Bytes own = entry(placed.offset, object);
  entries.bytes.insert(entries.bytes.begin() + static_cast<std::ptrdiff_t>(at * kEntryBytes), own.begin(), own.end());
  if (new_last) tree_.set_last_key(path, le(placed.offset));
  const std::size_t count = entries.count(), most = 2 * std::size_t{fanout_.leaf_k};
  ByteView kept = entries.bytes;
  if (count > most) {
    kept = kept.first((at_end ? most : (count + 1) / 2) * kEntryBytes);
    const Bytes right = node(ByteView(entries.bytes).subspan(kept.size()));
    const std::uint64_t address = space_.reserve(right.size());
    space_.file.write_at(address, ByteView(right));
    tree_.insert(path, le(name_at(kept, kept.size() / kEntryBytes - 1)), address);
  }
  const Bytes left = node(kept);
  space_.file.write_at(entries.address, ByteView(left).first(kNodePrefixBytes + kept.size()));
  tree_.write(path);
}

std::uint64_t SymbolTableWriter::create(FileSpace& space, GroupFanout fanout, std::string_view name,
                                        std::uint64_t object, std::span<const AttributeBytes> attributes) {
  Bytes messages;  // behind the first one
  for (const AttributeBytes& attribute : attributes) {
    const Bytes body = attribute_message(attribute);
    const std::uint64_t size = padded(body.size());
    if (size > kMaxMessageBytes) unsupported("attribute " + attribute.name, "it does not fit into one message");
    Writer(messages).u16(kAttributeMessage).u16(size).u8(0).zeros(3).bytes(body).zeros(size - body.size());
  }
  constexpr std::uint64_t kPrefix = 16, kFirstMessage = 24;
  const std::uint64_t header = space.reserve(kPrefix + kFirstMessage + messages.size());
  const std::uint64_t heap = space.reserve(kHeapHeaderBytes);
  // The empty name at 0 is the first key.
  const std::uint64_t used = 8 + padded(name.size() + 1), bytes = std::max(kHeapBytes, used + kFreeBytes);
  const std::uint64_t data = space.reserve(bytes);
  SymbolTableWriter group(space, fanout);
  const Bytes entries = group.node(entry(8, object));
  const std::uint64_t node = space.reserve(entries.size());
  space.file.write_at(node, ByteView(entries));
  const std::uint64_t root = group.tree_.reserve();
  group.tree_.create(root, le(0), node, le(8));
  Bytes text;
  Writer(text).zeros(8).text(name).zeros(used - 8 - name.size()).u64(kNoFreeBlock).u64(bytes - used);
  text.resize(bytes);
  space.file.write_at(data, ByteView(text));
  Bytes start;
  Writer(start).text("HEAP").zeros(4).u64(bytes).u64(used).u64(data);
  space.file.write_at(heap, ByteView(start));
  Bytes object_header;
  Writer to(object_header);
  to.u8(1).u8(0).u16(1 + attributes.size()).u32(1).u32(kFirstMessage + messages.size()).zeros(4);
  to.u16(kSymbolTableMessage).u16(16).u8(0).zeros(3).u64(root).u64(heap).bytes(messages);
  space.file.write_at(header, ByteView(object_header));
  return header;
}

}  // namespace chunkmark::hdf5
