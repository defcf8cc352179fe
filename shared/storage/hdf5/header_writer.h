// HeaderWriter: the bytes of one object header (version 2), message by message; and the messages that a commit writes.
//
// Pure functions to little-endian bytes, for files with addresses and lengths of 8 bytes. Headers carry no times. A
// header says its own link count (reference count message), so that it can be raised in place. Errors: kUnsupported for
// what no message can hold. Source: HDF5 File Format Specification 3.0, IV.A.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

using Bytes = std::vector<std::byte>;

inline constexpr std::uint8_t kReferenceCountMessage = 0x16;

// Appends numbers to bytes.
class Writer {
 public:
  explicit Writer(Bytes& to) : to_(to) {}
  Writer& number(std::uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i) to_.push_back(static_cast<std::byte>(value >> (8 * i)));
    return *this;
  }
  Writer& u8(std::uint64_t value) { return number(value, 1); }
  Writer& u16(std::uint64_t value) { return number(value, 2); }
  Writer& u32(std::uint64_t value) { return number(value, 4); }
  Writer& u64(std::uint64_t value) { return number(value, 8); }
  Writer& bytes(ByteView value) {
    to_.insert(to_.end(), value.begin(), value.end());
    return *this;
  }
  Writer& text(std::string_view value) { return bytes(as_byte_view(value)); }
  Writer& zeros(std::size_t count) {
    to_.insert(to_.end(), count, std::byte{0});
    return *this;
  }

 private:
  Bytes& to_;
};

// An attribute to be written: `value` are its elements as the file stores them, references to the heap among them.
struct AttributeBytes {
  std::string name;
  Bytes type, space, value;
};

class HeaderWriter {
 public:
  // `links`: 0 for an object that something else will link, which then counts it.
  explicit HeaderWriter(std::uint32_t links);

  // `constant` messages never change while the object lives: types, fill values.
  void message(std::uint8_t type, ByteView body, bool constant = false);
  void link(std::string_view name, std::uint64_t address);
  void attribute(const AttributeBytes& attribute);
  void group();  // what makes it a group

  Bytes finish();

 private:
  Bytes messages_;
};

// An attribute message (version 3). Errors: kUnsupported for what is too long for one.
Bytes attribute_message(const AttributeBytes& attribute);

// Datatype messages.
Bytes text_type();     // variable-length UTF-8 string
Bytes integer_type();  // int64
Bytes bool_type();     // as h5py has it: an enumeration of int8

Bytes scalar_space();
// `max_dims` empty: as dims.
Bytes simple_space(std::span<const std::uint64_t> dims, std::span<const std::uint64_t> max_dims = {});
Bytes fill_message(ByteView value);  // empty: the default, zeros
Bytes filter_message(std::span<const Filter> filters);
// Chunks indexed by a version 1 B-tree that has no node yet. Errors: kUnsupported for extents of 2^32 and more.
Bytes chunked_layout(std::span<const std::uint64_t> chunk, std::uint64_t element_bytes);
Bytes virtual_layout(std::uint64_t heap, std::uint32_t index);  // kUndefined, 0: without a mapping

}  // namespace chunkmark::hdf5
