#include "storage/hdf5/link_count.h"

#include <array>
#include <vector>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/cursor.h"
#include "storage/hdf5/header_writer.h"

namespace chunkmark::hdf5 {

bool raise_link_count(bytes::RandomAccess& file, std::uint64_t base, std::uint64_t address) {
  const std::uint64_t at = base + address;
  std::array<std::byte, 64> start{};
  const std::size_t there =
      static_cast<std::size_t>(std::min<std::uint64_t>(start.size(), file.size() - std::min(at, file.size())));
  file.read_at(at, MutableByteView(start).first(there));
  const std::string name = "object header at " + std::to_string(address);
  Cursor cursor(ByteView(start).first(there), name);
  if (as_text(ByteView(start).first(4)) != "OHDR") {
    constexpr std::uint64_t kCountOffset = 4;
    if (const unsigned version = cursor.u8(); version != 1)
      corrupt(name, "version " + std::to_string(version) + ", expected 1 or 2");
    std::byte count[4];
    store_le(count, load_le<std::uint32_t>(start.data() + kCountOffset) + 1);
    file.write_at(at + kCountOffset, ByteView(count));
    return true;
  }
  cursor.skip(4);
  if (const unsigned version = cursor.u8(); version != 2)
    corrupt(name, "version " + std::to_string(version) + ", expected 2");
  const unsigned flags = cursor.u8();
  if (flags & 0x20) cursor.skip(16);  // times
  if (flags & 0x10) cursor.skip(4);   // when attributes become dense
  const std::uint64_t size = cursor.number(1u << (flags & 3));
  const std::uint64_t first = cursor.position();
  if (size > file.size()) corrupt(name, "its size is " + std::to_string(size));
  std::vector<std::byte> header(first + size + 4);
  file.read_at(at, header);
  without_checksum(header, name);
  Cursor messages(ByteView(header).subspan(first, size), name);
  const std::size_t prefix = flags & 0x04 ? 6 : 4;
  while (messages.remaining() >= prefix) {
    const std::uint8_t type = messages.u8();
    const std::uint16_t bytes = messages.u16();
    messages.skip(prefix - 3);
    const std::size_t body = first + messages.position();
    messages.skip(bytes);
    if (type != kReferenceCountMessage || bytes != 5) continue;
    std::byte* count = header.data() + body + 1;
    store_le(count, load_le<std::uint32_t>(count) + 1);
    store_le(header.data() + first + size, lookup3(ByteView(header).first(first + size)));
    file.write_at(at, header);
    return true;
  }
  return false;
}

}  // namespace chunkmark::hdf5
