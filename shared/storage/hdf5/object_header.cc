#include "storage/hdf5/object_header.h"

#include <algorithm>
#include <memory>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/shared_heap.h"

namespace chunkmark::hdf5 {

namespace {

constexpr std::uint8_t kSharedFlag = 0x02;
constexpr std::uint8_t kFailIfUnknownFlag = 0x80;                 // 0x08, the other one, is for those who write
constexpr std::uint16_t kBogusType = 0x9, kLastKnownType = 0x18;  // the first is one for tests, known to nobody

}  // namespace

ObjectHeader ObjectHeader::read(const Container& container, std::uint64_t address) {
  ObjectHeader header;
  header.address_ = address;
  header.name_ = "object header at " + std::to_string(address);
  const Block start = container.read(address, 4, header.name_);
  if (as_text(start.bytes()) == "OHDR") {
    header.read_version_2(container);
  } else {
    header.read_version_1(container);
  }
  return header;
}

void ObjectHeader::read_version_1(const Container& container) {
  const Block prefix = container.read(address_, 16, name_);
  Cursor cursor(prefix.bytes(), name_, container.widths());
  if (const unsigned version = cursor.u8(); version != 1) {
    corrupt(name_, "version " + std::to_string(version) + ", expected 1 or 2");
  }
  cursor.skip(7);
  continuations_.push_back({address_ + 16, cursor.u32()});
  // Every block is read once: `claimed` keeps a ring of continuations from running for ever.
  std::uint64_t claimed = 0;
  for (std::size_t i = 0; i < continuations_.size(); ++i) {
    claimed += continuations_[i].size;
    if (claimed > container.size())
      corrupt(name_, "its continuations add up to " + std::to_string(claimed) + " bytes, the file has " +
                         std::to_string(container.size()));
    blocks_.push_back(container.read(continuations_[i].address, continuations_[i].size, name_));
    add_version_1(blocks_.back().bytes(), container.widths());
  }
}

void ObjectHeader::add_version_1(ByteView bytes, Widths widths) {
  Cursor cursor(bytes, name_, widths);
  while (cursor.remaining() >= 8) {
    const std::uint16_t type = cursor.u16();
    const std::uint16_t size = cursor.u16();
    const std::uint8_t flags = cursor.u8();
    cursor.skip(3);
    add(type, flags, cursor.bytes(size), widths);
  }
}

void ObjectHeader::read_version_2(const Container& container) {
  // Signature, version, flags, four times, attribute limits, size: at most 34 bytes before the first message.
  const std::uint64_t readable = std::min<std::uint64_t>(34, container.size() - address_);
  const Block prefix = container.read(address_, readable, name_);
  Cursor cursor(prefix.bytes(), name_, container.widths());
  cursor.expect("OHDR");
  if (const unsigned version = cursor.u8(); version != 2) {
    corrupt(name_, "version " + std::to_string(version) + ", expected 1 or 2");
  }
  const std::uint8_t flags = cursor.u8();
  if (flags & 0x20) cursor.skip(16);
  if (flags & 0x10) cursor.skip(4);
  const std::uint64_t size = cursor.number(1u << (flags & 3));
  const std::size_t start = cursor.position();
  if (size > container.size())
    corrupt(name_, "its size is " + std::to_string(size) + ", the file has " + std::to_string(container.size()));
  const bool with_order = flags & 0x04;

  blocks_.push_back(container.read(address_, start + size + 4, name_));
  add_version_2(without_checksum(blocks_.back().bytes(), name_).subspan(start), container.widths(), with_order);
  std::uint64_t claimed = 0;
  for (std::size_t i = 0; i < continuations_.size(); ++i) {
    claimed += continuations_[i].size;
    if (claimed > container.size())
      corrupt(name_, "its continuations add up to " + std::to_string(claimed) + " bytes, the file has " +
                         std::to_string(container.size()));
    blocks_.push_back(container.read(continuations_[i].address, continuations_[i].size, name_));
    Cursor chunk(without_checksum(blocks_.back().bytes(), name_), name_, container.widths());
    chunk.expect("OCHK");
    add_version_2(chunk.rest(), container.widths(), with_order);
  }
}

void ObjectHeader::add_version_2(ByteView bytes, Widths widths, bool with_order) {
  Cursor cursor(bytes, name_, widths);
  const std::size_t prefix = with_order ? 6 : 4;
  while (cursor.remaining() >= prefix) {  // less than that is a gap
    const std::uint8_t type = cursor.u8();
    const std::uint16_t size = cursor.u16();
    const std::uint8_t flags = cursor.u8();
    if (with_order) cursor.skip(2);
    add(type, flags, cursor.bytes(size), widths);
  }
}

void ObjectHeader::add(std::uint16_t type, std::uint8_t flags, ByteView body, Widths widths) {
  if (type == 0) return;
  if (type == kContinuationMessage) {
    Cursor cursor(body, name_, widths);
    const std::uint64_t address = cursor.address();
    const std::uint64_t size = cursor.length();
    if (size == 0) corrupt(name_, "an empty continuation");
    continuations_.push_back({address, size});
    return;
  }
  if ((type == kBogusType || type > kLastKnownType) && (flags & kFailIfUnknownFlag) != 0) {
    unsupported(name_, "message type " + std::to_string(type) + ", which whoever does not know it must not pass over");
  }
  messages_.push_back({type, (flags & kSharedFlag) != 0, body});
}

ObjectHeader ObjectHeader::of_one_message(std::uint16_t type, std::vector<std::byte> body) {
  ObjectHeader header;
  header.name_ = "shared message";
  auto owned = std::make_unique<std::byte[]>(body.size());
  std::copy(body.begin(), body.end(), owned.get());
  header.blocks_.emplace_back(std::move(owned), body.size());
  header.messages_.push_back({type, false, header.blocks_.back().bytes()});
  return header;
}

const Message* ObjectHeader::find(std::uint16_t type) const {
  for (const Message& message : messages_) {
    if (message.type == type) return &message;
  }
  return nullptr;
}

ByteView resolve(const Container& container, const Message& message, std::vector<ObjectHeader>& keep) {
  return message.shared ? resolve_reference(container, message.type, message.body, keep) : message.body;
}

ByteView resolve_reference(const Container& container, std::uint16_t type, ByteView reference,
                           std::vector<ObjectHeader>& keep) {
  Cursor cursor(reference, "shared message", container.widths());
  const unsigned version = cursor.u8();
  const unsigned kind = cursor.u8();
  if (version == 0 || version > 3)
    unsupported(cursor.what(), "version " + std::to_string(version) + ", expected 1 to 3");
  if (version == 3 && kind == 1) {
    keep.push_back(ObjectHeader::of_one_message(type, shared_heap_message(container, type, cursor.bytes(8))));
    return keep.back().find(type)->body;
  }
  if (version == 1) cursor.skip(6u + container.widths().length);  // a name's place in a heap, of no use here
  // The header must hold the message itself: one step, so that no ring of references can be followed.
  keep.push_back(ObjectHeader::read(container, cursor.address()));
  const Message* found = keep.back().find(type);
  if (!found || found->shared) corrupt(keep.back().name(), "holds no message that another header shares");
  return found->body;
}

}  // namespace chunkmark::hdf5
