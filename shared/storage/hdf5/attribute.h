// Attributes of an object: name, type, shape and value bytes, compact and dense storage.
//
// An Attribute owns everything in it. find_attribute() reads no other value than the wanted one. Not
// thread-safe. Errors: kCorrupt, kUnsupported. Source: HDF5 File Format Specification 3.0, IV.A.2.m and v.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/hdf5/datatype.h"
#include "storage/hdf5/messages.h"
#include "storage/hdf5/object_header.h"

namespace chunkmark::hdf5 {

struct Attribute {
  std::string name;
  Datatype type;
  Dataspace space;
  std::vector<std::byte> value;  // elements as stored; of a variable-length type: references
  std::vector<std::byte> type_message;
};

std::optional<Attribute> find_attribute(const Container& container, const ObjectHeader& header, std::string_view name);

// All, ordered by name, as HDF5 lists them.
std::vector<Attribute> all_attributes(const Container& container, const ObjectHeader& header);

}  // namespace chunkmark::hdf5
