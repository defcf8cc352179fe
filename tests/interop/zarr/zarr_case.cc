// zarr_case: writes and reads Zarr arrays as another program asks for them, one JSON object a line.
//
//   {"op": "write", "path": P, "document": {..}, "attributes": {..}, "data": F, "start": [..], "shape": [..]}
//     makes an array with the metadata of a .zarray or zarr.json document and writes F, the region's elements in C
//     order and in this machine's byte order (start and shape may be absent: the whole array)
//   {"op": "read", "path": P, "data": F, "start": [..], "shape": [..]}
//     the same in the other direction; answers with the array's attributes, fill value and element type
//   {"op": "children", "path": P} answers with the names in a group
//
// Answers one JSON object a line: {"ok": true, ..} or {"error": MESSAGE}.
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "base/error.h"
#include "base/json_members.h"
#include "native/os/thread_executor.h"
#include "native/store/local_store.h"
#include "storage/zarr/array.h"
#include "storage/zarr/group.h"

namespace chunkmark {
namespace {

constexpr const char* kRequest = "request";

std::vector<char> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorCode::kNotFound, path + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

zarr::ArrayMetadata metadata_of(const json::object& request) {
  const std::string text = json::serialize(member(request, "document", kRequest));
  const json::object& document = as_object(member(request, "document", kRequest), "document", kRequest);
  zarr::ArrayMetadata metadata = unsigned_member(document, "zarr_format", kRequest) == 2
                                     ? zarr::parse_v2(text, ".zarray")
                                     : zarr::parse_v3(text, "zarr.json");
  if (const json::value* attributes = request.if_contains("attributes")) {
    metadata.attributes = as_object(*attributes, "attributes", kRequest);
  }
  return metadata;
}

array::Region region_of(const json::object& request, const array::Shape& shape) {
  if (!request.contains("start")) return array::whole(shape);
  return {json::value_to<array::Shape>(request.at("start")), json::value_to<array::Shape>(request.at("shape"))};
}

json::object answer(const json::object& request, Executor& executor) {
  const std::string op = text_member(request, "op", kRequest);
  store::LocalStore store(text_member(request, "path", kRequest), bytes::Durability::kNone);
  if (op == "children") {
    json::array names;
    for (const zarr::Node& node : zarr::list_group(store, "")) names.emplace_back(node.name);
    return {{"ok", true}, {"names", std::move(names)}};
  }
  const std::string file = text_member(request, "data", kRequest);
  if (op == "write") {
    zarr::Array array = zarr::Array::create(store, "", metadata_of(request), executor);
    const array::Region region = region_of(request, array.metadata().shape);
    const array::DType dtype = array.metadata().dtype;
    const std::vector<char> data = read_file(file);
    if (data.size() != array::checked_element_count(region.shape, dtype.item_bytes, file) * dtype.item_bytes) {
      throw Error(ErrorCode::kInvalidArgument, file + ": not the region's size");
    }
    array.write(region, array::Source::dense(reinterpret_cast<const std::byte*>(data.data()), dtype, region.shape));
    return {{"ok", true}};
  }
  zarr::Array array = zarr::Array::open(store, "", executor);
  const zarr::ArrayMetadata& metadata = array.metadata();
  const array::Region region = region_of(request, metadata.shape);
  std::vector<char> data(array::checked_element_count(region.shape, metadata.dtype.item_bytes, file) *
                         metadata.dtype.item_bytes);
  array.read_into(region, array::Dest::dense(reinterpret_cast<std::byte*>(data.data()), metadata.dtype, region.shape));
  std::ofstream(file, std::ios::binary).write(data.data(), static_cast<std::streamsize>(data.size()));
  return {{"ok", true},
          {"attributes", metadata.attributes},
          {"dtype", array::dtype_name(metadata.dtype)},
          {"fill_value", metadata.has_fill ? zarr::fill_value_json(metadata.fill, metadata.dtype) : json::value()}};
}

}  // namespace
}  // namespace chunkmark

int main() {
  using namespace chunkmark;
  os::ThreadExecutor executor(2);
  for (std::string line; std::getline(std::cin, line);) {
    json::object reply;
    try {
      const json::value request = parse_json(line, "request");
      reply = answer(as_object(request, "request", "request"), executor);
    } catch (const Error& error) {
      reply = {{"error", error.what()}};
    }
    std::cout << json::serialize(reply) << std::endl;
  }
}
