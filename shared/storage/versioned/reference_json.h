// References to objects, to regions of datasets and to attributes, as JSON.
//
// {"object": PATH}; for a region with "region": "all", "none", {"start", "stride", "count", "block"}, {"boxes":
// [[start, count per axis]]} or {"points"}; for an attribute with "attribute": NAME; for another file with "file": its
// name and the object's address there. Null for a null reference. Errors: kCorrupt.
#pragma once

#include "base/json.h"
#include "storage/hdf5/datatype.h"
#include "storage/hdf5/global_heap.h"

namespace chunkmark::versioned {

json::value reference_json(const hdf5::Datatype& type, ByteView element, hdf5::GlobalHeap& heap);

}  // namespace chunkmark::versioned
