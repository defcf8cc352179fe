// Groups: Zarr's folders. Documents of their own, with attributes; members are found by listing the store.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "storage/store/store.h"
#include "storage/zarr/metadata.h"

namespace chunkmark::zarr {

struct Group {
  Format format = Format::kV3;
  json::object attributes;
};

// Larger documents are refused before they are read: attributes far beyond what libraries write fit.
inline constexpr std::size_t kMaxMetadataBytes = 16 << 20;

// Writes the group's documents at `path` ("" is the store's root).
void create_group(store::Store& store, const std::string& path, const Group& group);

// Errors: kNotFound when there is no group at `path`.
Group open_group(store::Store& store, const std::string& path);

enum class NodeKind { kArray, kGroup };
struct Node {
  std::string name;
  NodeKind kind;
};

// The arrays and groups directly in the group at `path`, by name.
std::vector<Node> list_group(store::Store& store, const std::string& path);

// What is at `path`, of either format; v3 wins over v2, as in other libraries. nullopt when there is nothing.
std::optional<NodeKind> node_kind(store::Store& store, const std::string& path);

}  // namespace chunkmark::zarr
