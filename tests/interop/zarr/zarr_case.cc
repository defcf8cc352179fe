// zarr_case: writes and reads Zarr arrays as another program asks for them, one JSON object a line.
//
//   {"op": "write", "path": P, "document": {..}, "attributes": {..}, "data": F, "start": [..], "shape": [..]}
//     makes an array with the metadata of a .zarray or zarr.json document and writes F, the region's elements in C
//     order and in this machine's byte order (start and shape may be absent: the whole array). Variable-length strings
//     are each their size, in 4 bytes little endian, and their bytes
//   {"op": "read", "path": P, "data": F, "start": [..], "shape": [..]}
//     the same in the other direction; answers with the array's attributes, fill value and element type, and with what
//     was found in its metadata beside the specification
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

void write_file(const std::string& path, const std::vector<char>& data) {
  std::ofstream(path, std::ios::binary).write(data.data(), static_cast<std::streamsize>(data.size()));
}

std::vector<std::string> strings_of(const std::vector<char>& data) {
  std::vector<std::string> strings;
  for (std::size_t at = 0; at + 4 <= data.size();) {
    const auto size = load_le<std::uint32_t>(reinterpret_cast<const std::byte*>(&data[at]));
    strings.emplace_back(&data[at] + 4, size);
    at += 4 + size;
  }
  return strings;
}

std::vector<char> bytes_of(const std::vector<std::string>& strings) {
  std::vector<char> data;
  for (const std::string& string : strings) {
    std::byte size[4];
    store_le(size, static_cast<std::uint32_t>(string.size()));
    data.insert(data.end(), reinterpret_cast<const char*>(size), reinterpret_cast<const char*>(size) + sizeof size);
    data.insert(data.end(), string.begin(), string.end());
  }
  return data;
}

json::object reply_of(const zarr::ArrayMetadata& metadata) {
  return {{"ok", true},
          {"attributes", metadata.attributes},
          {"dtype", zarr::type_json_v3(metadata.element_type())},
          {"fill_value", zarr::fill_value_json(metadata)},
          {"warnings", json::value_from(metadata.warnings)}};
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
    if (array.metadata().element_type().is_variable()) {
      array.write_strings(region, strings_of(data));
      return {{"ok", true}};
    }
    if (data.size() != array::checked_element_count(region.shape, dtype.item_bytes, file) * dtype.item_bytes) {
      throw Error(ErrorCode::kInvalidArgument, file + ": not the region's size");
    }
    array.write(region, array::Source::dense(reinterpret_cast<const std::byte*>(data.data()), dtype, region.shape));
    return {{"ok", true}};
  }
  zarr::Array array = zarr::Array::open(store, "", executor);
  const zarr::ArrayMetadata& metadata = array.metadata();
  const array::Region region = region_of(request, metadata.shape);
  if (metadata.element_type().is_variable()) {
    write_file(file, bytes_of(array.read_strings(region)));
    return reply_of(metadata);
  }
  std::vector<char> data(array::checked_element_count(region.shape, metadata.dtype.item_bytes, file) *
                         metadata.dtype.item_bytes);
  array.read_into(region, array::Dest::dense(reinterpret_cast<std::byte*>(data.data()), metadata.dtype, region.shape));
  write_file(file, data);
  return reply_of(metadata);
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
