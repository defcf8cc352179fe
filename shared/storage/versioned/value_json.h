// Elements of datasets and attributes as JSON, for people and programs that do not want NumPy.
//
// Complex numbers are [re, im], compounds objects, NaN and infinities the strings "NaN", "Infinity", "-Infinity" (JSON
// has no such numbers), sequences lists, references as reference_json.h says.
// Fixed-length strings and opaque elements are their bytes: printable ASCII as it is, a backslash as two, every other
// byte as \xHH; Python's `text.encode().decode('unicode_escape').encode('latin-1')` gives them back. Pure functions but
// for the heap's cache. Errors: kCorrupt.
#pragma once

#include "base/json.h"
#include "storage/hdf5/attribute.h"
#include "storage/hdf5/global_heap.h"

namespace chunkmark::versioned {

json::value element_json(const hdf5::Datatype& type, ByteView element, hdf5::GlobalHeap& heap);

// `count` elements one after another; of a compound: an object of columns.
json::value elements_json(const hdf5::Datatype& type, ByteView elements, std::uint64_t count, hdf5::GlobalHeap& heap);

// A scalar string as a string; everything else as {dtype, shape, data}; shape is null for an attribute without value.
json::value attribute_json(const hdf5::Attribute& attribute, hdf5::GlobalHeap& heap);
json::object attributes_json(const std::vector<hdf5::Attribute>& attributes, hdf5::GlobalHeap& heap);

// Text that is not UTF-8 comes with a replacement character for each bad byte.
json::string json_text(std::string_view text);

}  // namespace chunkmark::versioned
