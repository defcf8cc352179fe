// HeaderPatch: an object header whose messages are changed where they lie, none longer or shorter than it was.
//
// Knows where in the file each message's bytes are, and the checksums (version 2) that cover them. Changes are made in
// memory; write() puts the changed bytes and their checksums into the file. For files whose address 0 is their first
// byte. Owns the header's bytes. Not thread-safe. Errors: kCorrupt for damage, also of a checksum; kUnsupported.
// Source: HDF5 File Format Specification 3.0, IV.A.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/random_access.h"

namespace chunkmark::hdf5 {

class HeaderPatch {
 public:
  static HeaderPatch read(const bytes::RandomAccess& file, std::uint64_t address);

  // Bytes of the header that may be changed; valid as long as it.
  struct Field {
    std::size_t block = 0, at = 0, size = 0;
    Field part(std::size_t from, std::size_t bytes) const { return {block, at + from, bytes}; }
  };
  // The only message of that type. Nothing if there is none. Errors: kUnsupported if there are more, or it is shared.
  std::optional<Field> find(std::uint16_t type) const;

  struct AttributeFields {
    Field type, space, value;
  };
  // Nothing where it is not in the header itself. Errors: kUnsupported for shared types and other versions.
  std::optional<AttributeFields> find_attribute(std::string_view name) const;

  ByteView bytes(const Field& field) const {
    return ByteView(blocks_[field.block].bytes).subspan(field.at, field.size);
  }
  std::uint64_t u64(const Field& field) const;
  void set(const Field& field, ByteView bytes);
  void set_u64(const Field& field, std::uint64_t value);

  void write(bytes::RandomAccess& file);

 private:
  struct Block {
    std::uint64_t address;
    std::vector<std::byte> bytes;
    bool checksum;
    std::size_t dirty_from, dirty_to;  // nothing is where from >= to
  };
  struct Message {
    std::uint16_t type;
    std::uint8_t flags;
    Field body;
  };
  struct Continuation {
    std::uint64_t address, size;
  };

  Block& load(const bytes::RandomAccess& file, std::uint64_t address, std::uint64_t size, bool checksum);
  void add_messages(std::size_t from, unsigned version, bool with_order, std::vector<Continuation>& more);

  std::string name_;
  std::uint64_t claimed_ = 0;
  std::vector<Block> blocks_;
  std::vector<Message> messages_;
};

}  // namespace chunkmark::hdf5
