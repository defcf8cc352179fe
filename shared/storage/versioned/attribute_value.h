// AttributeValue: an attribute that a stage holds, apart from any file: its type, shape and elements.
//
// A value. Variable-length elements are kept beside it, one run of bytes each, and get places in the heap of the
// version that they are written with. Errors: kUnsupported for elements that refer to other things of their file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/hdf5/attribute.h"
#include "storage/hdf5/global_heap.h"
#include "storage/hdf5/heap_writer.h"

namespace chunkmark::versioned {

class AttributeValue {
 public:
  static AttributeValue text(std::string_view value);  // UTF-8
  static AttributeValue integer(std::int64_t value);
  static AttributeValue integers(std::span<const std::uint64_t> values);
  static AttributeValue boolean(bool value);
  // `type` is a datatype message without references.
  static AttributeValue elements(hdf5::Bytes type, std::span<const std::uint64_t> shape, ByteView bytes);
  static AttributeValue copy(const hdf5::Attribute& attribute, hdf5::GlobalHeap& heap);

  bool operator==(const AttributeValue&) const = default;

  // Puts its variable-length elements into `heap`, in order.
  void add_to(hdf5::HeapWriter& heap, std::vector<hdf5::HeapWriter::Place>& places) const;
  // As it is written, once the heap has its addresses. `at` is its first place, and moves behind its last.
  hdf5::AttributeBytes bytes(const std::string& name, const hdf5::HeapWriter& heap,
                             const std::vector<hdf5::HeapWriter::Place>& places, std::size_t& at) const;

 private:
  struct Element {
    std::uint64_t length;  // in elements of the base type
    hdf5::Bytes bytes;
    bool operator==(const Element&) const = default;
  };
  hdf5::Bytes type_, space_, value_;
  bool variable_ = false;
  std::vector<Element> elements_;
};

}  // namespace chunkmark::versioned
