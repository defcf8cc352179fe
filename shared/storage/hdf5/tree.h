// Tree: every group and dataset of a file by its path, through hard links.
//
// Groups come before what is in them, names in byte order. A group that has several names is met under the first, so
// that a ring of links ends and no more is told than the file has links; a dataset is met under each of its names. What
// is damaged is told with its path, and the walk goes on. Pure functions of a Container.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "storage/hdf5/container.h"

namespace chunkmark::hdf5 {

struct TreeEntry {
  enum class Kind : std::uint8_t { kGroup, kDataset, kNamedType, kLink, kUnreadable };
  Kind kind;
  std::string path;           // "group/x", without the first slash; the root group is not told
  std::uint64_t address = 0;  // of the object's header
  std::string problem;        // kUnreadable: why
  std::string target = {};    // kLink, which is soft or external and has no address: where it leads
};

// Where the object is whose header lies there, "/group/x"; empty where no path leads to it. The first call walks the
// tree, the container keeps what it met.
const std::string& path_of(const Container& container, std::uint64_t address);

void walk_tree(const Container& container, const std::function<void(const TreeEntry&)>& found);
// What is below one group, whose header lies at `address`; paths begin with `path`.
void walk_tree(const Container& container, const std::string& path, std::uint64_t address,
               const std::function<void(const TreeEntry&)>& found);

}  // namespace chunkmark::hdf5
