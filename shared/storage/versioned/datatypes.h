// Datatype messages for new datasets, as h5py writes the NumPy types. Pure functions.
#pragma once

#include "storage/hdf5/header_writer.h"

namespace chunkmark::versioned {

// "<i4", ">f8", "|b1", "<c16", "|S5", "|V6", "<f2". Errors: kUnsupported for others.
hdf5::Bytes numpy_type_message(std::string_view numpy_name);
// A variable-length UTF-8 string.
hdf5::Bytes string_type_message();
// A row of a hash table: {hash: 32 bytes, shape: two int64}.
hdf5::Bytes hash_row_type();

}  // namespace chunkmark::versioned
