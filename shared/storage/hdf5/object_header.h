// ObjectHeader: the messages of one object (group, dataset, named type), versions 1 and 2, continuations
// followed.
//
// Owns (or borrows from the file) the blocks that its messages point into: messages live as long as the
// header and the file. Shared messages that lie in another header (committed datatypes) or in a heap of the file's are
// resolved by resolve(). Immutable. Errors: kCorrupt for damage (version 2 checksums are verified), kUnsupported for
// messages that must be known and are not. Source: HDF5 File Format Specification 3.0, IV.A.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

enum MessageType : std::uint16_t {
  kDataspaceMessage = 0x1,
  kLinkInfoMessage = 0x2,
  kDatatypeMessage = 0x3,
  kOldFillValueMessage = 0x4,
  kFillValueMessage = 0x5,
  kLinkMessage = 0x6,
  kExternalFilesMessage = 0x7,
  kLayoutMessage = 0x8,
  kFilterMessage = 0xb,
  kAttributeMessage = 0xc,
  kSharedTableMessage = 0xf,
  kContinuationMessage = 0x10,
  kSymbolTableMessage = 0x11,
  kDriverMessage = 0x14,
  kAttributeInfoMessage = 0x15,
  kCacheImageMessage = 0x18,
};

struct Message {
  std::uint16_t type = 0;
  bool shared = false;
  ByteView body;
};

class ObjectHeader {
 public:
  static ObjectHeader read(const Container& container, std::uint64_t address);
  // A header that holds just that.
  static ObjectHeader of_one_message(std::uint16_t type, std::vector<std::byte> body);

  std::uint64_t address() const { return address_; }
  // "object header at 800", for errors.
  const std::string& name() const { return name_; }
  const std::vector<Message>& messages() const { return messages_; }
  // The first message of the type, or null.
  const Message* find(std::uint16_t type) const;

 private:
  void read_version_1(const Container& container);
  void read_version_2(const Container& container);
  void add_version_1(ByteView bytes, Widths widths);
  void add_version_2(ByteView bytes, Widths widths, bool with_order);
  void add(std::uint16_t type, std::uint8_t flags, ByteView body, Widths widths);

  struct Continuation {
    std::uint64_t address, size;
  };

  std::uint64_t address_ = 0;
  std::string name_;
  std::vector<Block> blocks_;
  std::vector<Message> messages_;
  std::vector<Continuation> continuations_;
};

// The message itself, or, for one shared through another header, that header's message of the same type,
// whose bytes `keep` then owns.
ByteView resolve(const Container& container, const Message& message, std::vector<ObjectHeader>& keep);

// As resolve, for a reference found inside another message (an attribute's shared datatype).
ByteView resolve_reference(const Container& container, std::uint16_t type, ByteView reference,
                           std::vector<ObjectHeader>& keep);

}  // namespace chunkmark::hdf5
