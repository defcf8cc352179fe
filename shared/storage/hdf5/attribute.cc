#include "storage/hdf5/attribute.h"

#include <algorithm>

#include "storage/hdf5/b_tree_v2.h"
#include "storage/hdf5/checksum.h"
#include "storage/hdf5/fractal_heap.h"

namespace chunkmark::hdf5 {

namespace {

// The name alone, without looking at the rest.
std::string_view attribute_name(ByteView message) {
  Cursor cursor(message, "attribute");
  const unsigned version = cursor.u8();
  if (version < 1 || version > 3) unsupported("attribute", "version " + std::to_string(version) + ", expected 1 to 3");
  cursor.skip(1);
  const std::uint16_t bytes = cursor.u16();
  cursor.skip(version == 3 ? 5 : 4);
  const std::string_view name = as_text(cursor.bytes(bytes));
  return name.substr(0, name.find('\0'));
}

Attribute parse_attribute(const Container& container, ByteView message) {
  Attribute attribute;
  attribute.name = attribute_name(message);
  const std::string what = "attribute " + attribute.name;
  Cursor cursor(message, what, container.widths());
  const unsigned version = cursor.u8();
  const unsigned flags = cursor.u8();
  const std::uint16_t name_bytes = cursor.u16(), type_bytes = cursor.u16(), space_bytes = cursor.u16();
  if (version == 3) cursor.skip(1);
  // Version 1 pads each part to a multiple of eight bytes.
  const auto part = [&](std::uint16_t bytes) {
    const ByteView run = cursor.bytes(bytes);
    if (version == 1) cursor.skip((8 - bytes % 8) % 8);
    return run;
  };
  part(name_bytes);
  const ByteView type = part(type_bytes);
  const ByteView space = part(space_bytes);
  std::vector<ObjectHeader> keep;
  const bool shared_type = version > 1 && flags & 1, shared_space = version > 1 && flags & 2;
  const ByteView type_message = shared_type ? resolve_reference(container, kDatatypeMessage, type, keep) : type;
  attribute.type = parse_datatype(type_message, what);
  attribute.type_message.assign(type_message.begin(), type_message.end());
  attribute.space = parse_dataspace(shared_space ? resolve_reference(container, kDataspaceMessage, space, keep) : space,
                                    container.widths(), what);
  const ByteView value = cursor.bytes(saturating_multiply(attribute.space.count(), attribute.type.size));
  attribute.value.assign(value.begin(), value.end());
  return attribute;
}

// Calls `found` with attribute messages until it returns false; those with `wanted`'s hash only where there
// is an index.
void each_message(const Container& container, const ObjectHeader& header, const std::string_view* wanted,
                  const std::function<bool(ByteView)>& found) {
  for (const Message& message : header.messages()) {
    if (message.type != kAttributeMessage) continue;
    if (message.shared) unsupported(header.name(), "an attribute in a shared-message heap");
    if (!found(message.body)) return;
  }
  const Message* info = header.find(kAttributeInfoMessage);
  if (!info) return;
  Cursor cursor(info->body, header.name(), container.widths());
  cursor.skip(1);
  if (cursor.u8() & 1) cursor.skip(2);
  const std::uint64_t heap_address = cursor.address();
  const std::uint64_t tree_address = cursor.address();
  if (heap_address == kUndefined) return;
  const FractalHeap heap(container, heap_address);
  const BTreeV2 tree(container, tree_address);
  if (tree.type() != 8)
    corrupt(header.name(),
            "its attributes are indexed by a B-tree of record type " + std::to_string(tree.type()) + ", expected 8");
  constexpr std::size_t kIdBytes = 8;
  BTreeV2::Compare compare;
  if (wanted) {
    compare = [hash = lookup3(as_byte_view(*wanted))](ByteView record) -> std::weak_ordering {
      Cursor fields(record, "attribute record");
      fields.skip(kIdBytes + 5);
      return fields.u32() <=> hash;
    };
  }
  tree.visit(compare, [&](ByteView record) {
    Cursor fields(record, "attribute record");
    const ByteView id = fields.bytes(kIdBytes);
    if (fields.u8() & 2) unsupported(header.name(), "an attribute in a shared-message heap");
    return found(heap.get(id));
  });
}

}  // namespace

std::optional<Attribute> find_attribute(const Container& container, const ObjectHeader& header, std::string_view name) {
  std::optional<Attribute> attribute;
  each_message(container, header, &name, [&](ByteView message) {
    if (attribute_name(message) != name) return true;
    attribute = parse_attribute(container, message);
    return false;
  });
  return attribute;
}

std::vector<Attribute> all_attributes(const Container& container, const ObjectHeader& header) {
  std::vector<Attribute> attributes;
  std::uint64_t bytes = 0;
  each_message(container, header, nullptr, [&](ByteView message) {
    // An index may name one object many times; honest attributes fit the file.
    bytes += message.size();
    if (bytes > container.size())
      corrupt(header.name(), "its attributes add up to " + std::to_string(bytes) + " bytes, the file has " +
                                 std::to_string(container.size()));
    attributes.push_back(parse_attribute(container, message));
    return true;
  });
  std::sort(attributes.begin(), attributes.end(),
            [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
  return attributes;
}

}  // namespace chunkmark::hdf5
