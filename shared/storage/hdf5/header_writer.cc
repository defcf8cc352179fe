#include "storage/hdf5/header_writer.h"

#include <algorithm>
#include <limits>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/object_header.h"

namespace chunkmark::hdf5 {

namespace {

constexpr std::size_t kMaxMessageBytes = 65535;  // its size has 16 bits

void put_undefined(Writer& to, unsigned addresses) {
  for (unsigned i = 0; i < addresses; ++i) to.u64(kUndefined);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

}  // namespace

HeaderWriter::HeaderWriter(std::uint32_t links) {
  Bytes body;
  Writer(body).u8(0).u32(links);
  message(kReferenceCountMessage, body);
  // Without this one the library does not count attributes that are added later.
  body.clear();
  Writer info(body);
  info.u8(0).u8(0);
  put_undefined(info, 2);
  message(kAttributeInfoMessage, body);
}

void HeaderWriter::message(std::uint8_t type, ByteView body, bool constant) {
  if (body.size() > kMaxMessageBytes) {
    unsupported("object header", "a message of type " + std::to_string(type) + " with " + std::to_string(body.size()) +
                                     " bytes, at most " + std::to_string(kMaxMessageBytes) + " can be written");
  }
  Writer(messages_).u8(type).u16(body.size()).u8(constant ? 1 : 0).bytes(body);
}

void HeaderWriter::group() {
  Bytes body;
  Writer info(body);
  info.u8(0).u8(0);
  put_undefined(info, 2);
  message(kLinkInfoMessage, body);
  const Bytes defaults(2);
  message(0xa, defaults, true);  // group info
}

void HeaderWriter::link(std::string_view name, std::uint64_t address) {
  constexpr unsigned kUtf8 = 0x10, kLengthOf2 = 1;
  Bytes body;
  Writer to(body);
  to.u8(1).u8(is_ascii(name) ? kLengthOf2 : kLengthOf2 | kUtf8);
  if (!is_ascii(name)) to.u8(1);
  if (name.size() > kMaxMessageBytes) unsupported("link", "a name of " + std::to_string(name.size()) + " bytes");
  to.u16(name.size()).text(name).u64(address);
  message(kLinkMessage, body);
}

void HeaderWriter::attribute(const AttributeBytes& attribute) {
  message(kAttributeMessage, attribute_message(attribute));
}

Bytes HeaderWriter::finish() {
  constexpr unsigned kSizeOf4 = 2;
  Bytes header;
  Writer to(header);
  to.text("OHDR").u8(2).u8(kSizeOf4).u32(messages_.size()).bytes(messages_);
  to.u32(lookup3(header));
  return header;
}

Bytes attribute_message(const AttributeBytes& attribute) {
  if (attribute.value.size() + attribute.name.size() + attribute.type.size() + attribute.space.size() + 10 >
      kMaxMessageBytes) {
    unsupported("attribute " + attribute.name,
                std::to_string(attribute.value.size()) + " bytes of value, an attribute can have about 64 KiB");
  }
  Bytes body;
  Writer(body)
      .u8(3)
      .u8(0)
      .u16(attribute.name.size() + 1)
      .u16(attribute.type.size())
      .u16(attribute.space.size())
      .u8(is_ascii(attribute.name) ? 0 : 1)
      .text(attribute.name)
      .u8(0)
      .bytes(attribute.type)
      .bytes(attribute.space)
      .bytes(attribute.value);
  return body;
}

Bytes integer_type() {
  Bytes type;
  Writer(type).u8(0x10).u8(8).u16(0).u32(8).u16(0).u16(64);
  return type;
}

Bytes text_type() {
  constexpr unsigned kReferenceBytes = 16;  // in the file: length, collection, index
  Bytes type;
  Writer(type).u8(0x19).u8(1).u8(1).u8(0).u32(kReferenceBytes);
  Writer(type).u8(0x10).u8(0).u16(0).u32(1).u16(0).u16(8);
  return type;
}

Bytes bool_type() {
  Bytes type;
  Writer(type).u8(0x18).u8(2).u16(0).u32(1);
  Writer(type).u8(0x10).u8(8).u16(0).u32(1).u16(0).u16(8);
  Writer(type).text(std::string_view("FALSE\0\0\0TRUE\0\0\0\0", 16)).u8(0).u8(1);
  return type;
}

Bytes scalar_space() {
  Bytes space;
  Writer(space).u8(2).u8(0).u8(0).u8(0);
  return space;
}

Bytes simple_space(std::span<const std::uint64_t> dims, std::span<const std::uint64_t> max_dims) {
  Bytes space;
  Writer to(space);
  to.u8(2).u8(dims.size()).u8(max_dims.empty() ? 0 : 1).u8(1);
  for (const std::uint64_t extent : dims) to.u64(extent);
  for (const std::uint64_t extent : max_dims) to.u64(extent);
  return space;
}

Bytes fill_message(ByteView value) {
  constexpr unsigned kIncremental = 3, kIfSet = 2, kDefined = 1;
  Bytes fill;
  Writer(fill).u8(2).u8(kIncremental).u8(kIfSet).u8(kDefined).u32(value.size()).bytes(value);
  return fill;
}

Bytes filter_message(std::span<const Filter> filters) {
  Bytes message;
  Writer to(message);
  to.u8(2).u8(filters.size());
  for (const Filter& filter : filters) {
    to.u16(filter.id);
    if (filter.id >= 256) to.u16(filter.name.size() + 1);
    to.u16(filter.optional ? 1 : 0).u16(filter.values.size());
    if (filter.id >= 256) to.text(filter.name).u8(0);
    for (const std::uint32_t value : filter.values) to.u32(value);
  }
  return message;
}

Bytes chunked_layout(std::span<const std::uint64_t> chunk, std::uint64_t element_bytes) {
  Bytes layout;
  Writer to(layout);
  to.u8(3).u8(2).u8(chunk.size() + 1).u64(kUndefined);
  for (const std::uint64_t extent : chunk) {
    if (extent > std::numeric_limits<std::uint32_t>::max())
      unsupported("chunk", "an extent of " + std::to_string(extent) + ", expected less than 2^32");
    to.u32(extent);
  }
  to.u32(element_bytes);
  return layout;
}

Bytes virtual_layout(std::uint64_t heap, std::uint32_t index) {
  Bytes layout;
  Writer(layout).u8(4).u8(3).u64(heap).u32(index);
  return layout;
}

}  // namespace chunkmark::hdf5
