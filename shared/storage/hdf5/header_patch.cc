#include "storage/hdf5/header_patch.h"

#include <algorithm>
#include <array>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/object_header.h"

namespace chunkmark::hdf5 {

namespace {

constexpr std::uint8_t kSharedFlag = 0x02;

}  // namespace

HeaderPatch HeaderPatch::read(const bytes::RandomAccess& file, std::uint64_t address) {
  HeaderPatch header;
  header.name_ = "object header at " + std::to_string(address);
  // Signature or version, flags, four times, attribute limits, size: at most 34 bytes before the first message.
  std::array<std::byte, 34> prefix{};
  const std::uint64_t left = file.size() - std::min(address, file.size());
  const auto there = static_cast<std::size_t>(std::min<std::uint64_t>(prefix.size(), left));
  file.read_at(address, MutableByteView(prefix).first(there));
  Cursor cursor(ByteView(prefix).first(there), header.name_);
  std::vector<Continuation> more;
  bool with_order = false;
  unsigned version = 1;
  if (as_text(ByteView(prefix).first(4)) == "OHDR") {
    cursor.skip(4);
    version = cursor.u8();
    if (version != 2) corrupt(header.name_, "version " + std::to_string(version) + ", expected 1 or 2");
    const unsigned flags = cursor.u8();
    if (flags & 0x20) cursor.skip(16);
    if (flags & 0x10) cursor.skip(4);
    with_order = flags & 0x04;
    const std::uint64_t size = cursor.number(1u << (flags & 3));
    if (size > file.size()) corrupt(header.name_, "its size is " + std::to_string(size));
    header.load(file, address, cursor.position() + size + 4, true);
    header.add_messages(cursor.position(), version, with_order, more);
  } else {
    constexpr std::uint64_t kPrefixBytes = 16;
    if (const unsigned found = cursor.u8(); found != 1)
      corrupt(header.name_, "version " + std::to_string(found) + ", expected 1 or 2");
    cursor.skip(7);
    header.load(file, address + kPrefixBytes, cursor.u32(), false);
    header.add_messages(0, version, with_order, more);
  }
  for (std::size_t i = 0; i < more.size(); ++i) {  // grows meanwhile; load() keeps it from doing so for ever
    const Continuation next = more[i];
    const Block& block = header.load(file, next.address, next.size, version == 2);
    if (version == 2) Cursor(block.bytes, header.name_).expect("OCHK");
    header.add_messages(version == 2 ? 4 : 0, version, with_order, more);
  }
  return header;
}

HeaderPatch::Block& HeaderPatch::load(const bytes::RandomAccess& file, std::uint64_t address, std::uint64_t size,
                                      bool checksum) {
  claimed_ += size;
  if (size == 0 || size > file.size() || claimed_ > file.size())
    corrupt(name_,
            "its parts add up to " + std::to_string(claimed_) + " bytes, the file has " + std::to_string(file.size()));
  std::vector<std::byte> bytes(size);
  file.read_at(address, bytes);
  if (checksum) without_checksum(bytes, name_);
  const std::size_t clean = bytes.size();
  blocks_.push_back({address, std::move(bytes), checksum, clean, 0});
  return blocks_.back();
}

// Those of the last block.
void HeaderPatch::add_messages(std::size_t from, unsigned version, bool with_order, std::vector<Continuation>& more) {
  const Block& block = blocks_.back();
  const std::size_t end = block.bytes.size() - (block.checksum ? 4 : 0);
  Cursor cursor(ByteView(block.bytes).first(end), name_);
  cursor.skip(from);
  const std::size_t prefix = version == 1 ? 8 : with_order ? 6 : 4;
  while (cursor.remaining() >= prefix) {
    const std::uint16_t type = version == 1 ? cursor.u16() : cursor.u8();
    const std::uint16_t size = cursor.u16();
    const std::uint8_t flags = cursor.u8();
    cursor.skip(prefix - (version == 1 ? 5 : 4));
    const Field body{blocks_.size() - 1, cursor.position(), size};
    Cursor message(cursor.bytes(size), name_);
    if (type == kContinuationMessage) {
      const std::uint64_t address = message.u64();
      more.push_back({address, message.u64()});
    } else if (type != 0) {
      messages_.push_back({type, flags, body});
    }
  }
}

std::optional<HeaderPatch::Field> HeaderPatch::find(std::uint16_t type) const {
  std::optional<Field> found;
  for (const Message& message : messages_) {
    if (message.type != type) continue;
    if (found || (message.flags & kSharedFlag))
      unsupported(name_, "a message of type " + std::to_string(type) + " that is shared, or there twice");
    found = message.body;
  }
  return found;
}

std::optional<HeaderPatch::AttributeFields> HeaderPatch::find_attribute(std::string_view name) const {
  for (const Message& message : messages_) {
    if (message.type != kAttributeMessage || (message.flags & kSharedFlag)) continue;
    Cursor cursor(bytes(message.body), name_);
    const unsigned version = cursor.u8();
    const unsigned flags = cursor.u8();
    if (version < 1 || version > 3) unsupported(name_, "an attribute of version " + std::to_string(version));
    const std::size_t name_size = cursor.u16(), type_size = cursor.u16(), space_size = cursor.u16();
    if (version == 3) cursor.skip(1);  // the name's character set
    // Version 1 pads each part to 8 bytes.
    const auto part = [&](std::size_t size) {
      const Field field = message.body.part(cursor.position(), size);
      cursor.skip(version == 1 ? (size + 7) / 8 * 8 : size);
      return field;
    };
    const Field title = part(name_size);
    const std::string_view text = as_text(bytes(title));
    if (text.substr(0, text.find('\0')) != name) continue;
    if (version > 1 && flags != 0) unsupported(name_, "an attribute of a shared type");
    AttributeFields found;
    found.type = part(type_size);
    found.space = part(space_size);
    found.value = message.body.part(cursor.position(), cursor.remaining());
    return found;
  }
  return std::nullopt;
}

std::uint64_t HeaderPatch::u64(const Field& field) const {
  if (field.size < 8) corrupt(name_, "expected 8 bytes, found " + std::to_string(field.size));
  return load_le<std::uint64_t>(bytes(field).data());
}

void HeaderPatch::set(const Field& field, ByteView bytes) {
  if (field.size != bytes.size()) corrupt(name_, "a change of " + std::to_string(bytes.size()) + " bytes");
  Block& block = blocks_[field.block];
  std::byte* to = block.bytes.data() + field.at;
  if (std::equal(bytes.begin(), bytes.end(), to)) return;
  std::copy(bytes.begin(), bytes.end(), to);
  block.dirty_from = std::min(block.dirty_from, field.at);
  block.dirty_to = std::max(block.dirty_to, field.at + field.size);
}

void HeaderPatch::set_u64(const Field& field, std::uint64_t value) {
  std::byte bytes[8];
  store_le(bytes, value);
  set(field.part(0, 8), bytes);
}

void HeaderPatch::write(bytes::RandomAccess& file) {
  for (Block& block : blocks_) {
    if (block.dirty_from >= block.dirty_to) continue;
    if (block.checksum) {  // at its end: one write from the change to there
      const std::size_t covered = block.bytes.size() - 4;
      store_le(block.bytes.data() + covered, lookup3(ByteView(block.bytes).first(covered)));
      block.dirty_to = block.bytes.size();
    }
    file.write_at(block.address + block.dirty_from,
                  ByteView(block.bytes).subspan(block.dirty_from, block.dirty_to - block.dirty_from));
    block.dirty_from = block.bytes.size();
    block.dirty_to = 0;
  }
}

}  // namespace chunkmark::hdf5
