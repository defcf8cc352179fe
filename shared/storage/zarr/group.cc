#include "storage/zarr/group.h"

#include "base/error.h"
#include "base/json_members.h"

namespace chunkmark::zarr {
namespace {

std::optional<json::object> read_object(store::Store& store, const std::string& key) {
  const std::optional<std::string> text = store::read_text(store, key, kMaxMetadataBytes);
  if (!text) return std::nullopt;
  return as_object(parse_json(*text, key), "document", key);
}

// node_type of a v3 document: "array" or "group".
NodeKind kind_of(const json::object& document, const std::string& key) {
  const std::string type = text_member(document, "node_type", key);
  if (type == "array") return NodeKind::kArray;
  if (type == "group") return NodeKind::kGroup;
  refuse_corrupt(key, "node_type array or group", type.substr(0, 100));
}

}  // namespace

void create_group(store::Store& store, const std::string& path, const Group& group) {
  if (group.format == Format::kV3) {
    const json::object document{{"zarr_format", 3}, {"node_type", "group"}, {"attributes", group.attributes}};
    store::write_text(store, store::join_key(path, "zarr.json"), pretty_json(document));
    return;
  }
  if (!group.attributes.empty()) {
    store::write_text(store, store::join_key(path, ".zattrs"), pretty_json(group.attributes));
  }
  store::write_text(store, store::join_key(path, ".zgroup"), pretty_json(json::object{{"zarr_format", 2}}));
}

Group open_group(store::Store& store, const std::string& path) {
  Group group;
  const std::string key3 = store::join_key(path, "zarr.json");
  if (const std::optional<json::object> document = read_object(store, key3)) {
    if (kind_of(*document, key3) != NodeKind::kGroup) {
      throw Error(ErrorCode::kNotFound, key3 + ": expected a group, found an array");
    }
    if (const json::value* attributes = document->if_contains("attributes")) {
      group.attributes = as_object(*attributes, "attributes", key3);
    }
    return group;
  }
  const std::string key2 = store::join_key(path, ".zgroup");
  if (!read_object(store, key2)) {
    throw Error(ErrorCode::kNotFound, "expected a Zarr group in " + store.location() + " at \"" + path +
                                          "\", found neither " + key3 + " nor " + key2);
  }
  group.format = Format::kV2;
  if (std::optional<json::object> attributes = read_object(store, store::join_key(path, ".zattrs"))) {
    group.attributes = std::move(*attributes);
  }
  return group;
}

std::optional<NodeKind> node_kind(store::Store& store, const std::string& path) {
  const std::string key3 = store::join_key(path, "zarr.json");
  if (const std::optional<json::object> document = read_object(store, key3)) return kind_of(*document, key3);
  if (store.open(store::join_key(path, ".zarray"))) return NodeKind::kArray;
  if (store.open(store::join_key(path, ".zgroup"))) return NodeKind::kGroup;
  return std::nullopt;
}

std::vector<Node> list_group(store::Store& store, const std::string& path) {
  std::vector<Node> nodes;
  for (std::string name : store.list(path)) {
    if (name.back() != '/') continue;
    name.pop_back();
    if (const std::optional<NodeKind> kind = node_kind(store, store::join_key(path, name))) {
      nodes.push_back({std::move(name), *kind});
    }
  }
  return nodes;
}

}  // namespace chunkmark::zarr
