// Member files: one HDF5 file whose bytes lie in several files, as the library's drivers spread them.
//
// A family's members are of one size, but for the last, and named by a number: "data-%05d.h5". The number is the last
// run of digits in the name of the first. Those of the split and multi drivers hold each another kind of content, from
// an address of its own on, and are named by endings: "%s-m.h5" and "%s-r.h5". Owns the members; borrows the first,
// which has the superblock. Reads are as thread-safe as the members'. Errors: kUnsupported and kNotFound name the
// member that cannot be reached. Source: HDF5 File Format Specification 3.0, II.B (driver information).
#pragma once

#include <memory>
#include <string>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

inline constexpr std::string_view kFamilyDriver = "NCSAfami", kMultiDriver = "NCSAmult";

// How the file's bytes are spread.
struct Spread {
  std::string driver;     // its eight letters; empty where they are in one file
  std::uint64_t end = 0;  // of all members, where the driver says so
};
Spread spread_of(const Container& container);

// All members as one file; null where `first` is a whole file. `name` is that of the first from the folder of `others`.
std::unique_ptr<bytes::RandomAccess> join_members(const bytes::RandomAccess& first, const std::string& name,
                                                  const OtherFiles& others);

}  // namespace chunkmark::hdf5
