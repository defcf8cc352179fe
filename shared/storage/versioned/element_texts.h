// Values of datasets and attributes as people read them (base/value_text.h). Pure functions but for the heap's cache.
// Errors: kCorrupt.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "storage/hdf5/datatype.h"
#include "storage/hdf5/global_heap.h"

namespace chunkmark::versioned {

// `count` elements one after another.
std::vector<std::string> element_texts(const hdf5::Datatype& type, ByteView elements, std::uint64_t count,
                                       hdf5::GlobalHeap& heap);

// The same of a compound by its fields, each with its name; of another type nothing.
std::vector<std::pair<std::string, std::vector<std::string>>> column_texts(const hdf5::Datatype& type,
                                                                           ByteView elements, std::uint64_t count,
                                                                           hdf5::GlobalHeap& heap);

// Of an attribute's JSON; of a long one its beginning, and how many there are.
std::string attribute_text(const json::value& attribute);

// Name and text of the attributes that are shown one by one: neither those by which versions are kept, in a file that
// has some, nor what dimensions.h tells in words.
std::vector<std::pair<std::string, std::string>> attribute_texts(const json::object& attributes, bool has_versions);

}  // namespace chunkmark::versioned
