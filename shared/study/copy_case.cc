#include "study/copy_case.h"

#include "base/error.h"

namespace chunkmark::study {
namespace {

json::array shape_json(const array::Shape& shape) {
  return json::array(shape.begin(), shape.end());
}

}  // namespace

std::uint64_t CopyCase::array_bytes() const {
  std::uint64_t bytes = dtype.item_bytes;
  for (const std::uint64_t extent : shape) bytes *= extent;
  return bytes;
}

std::string CopyCase::name() const {
  return operation + "-" + filesystem + "-" + format + "-" + codec + "-" + engine;
}

json::object to_json(const CopyCase& copy_case) {
  json::object object{{"operation", copy_case.operation},
                      {"filesystem", copy_case.filesystem},
                      {"engine", copy_case.engine},
                      {"format", copy_case.format},
                      {"codec", copy_case.codec},
                      {"data", copy_case.data},
                      {"dtype", array::dtype_name(copy_case.dtype)},
                      {"shape", shape_json(copy_case.shape)},
                      {"chunks", shape_json(copy_case.chunk_shape)}};
  if (!copy_case.shard_shape.empty()) object["shards"] = shape_json(copy_case.shard_shape);
  return object;
}

CopyCase copy_case_from_json(const json::value& value) {
  try {
    CopyCase copy_case;
    const json::object& object = value.as_object();
    copy_case.operation = json::value_to<std::string>(object.at("operation"));
    copy_case.filesystem = json::value_to<std::string>(object.at("filesystem"));
    copy_case.engine = json::value_to<std::string>(object.at("engine"));
    copy_case.format = json::value_to<std::string>(object.at("format"));
    copy_case.codec = json::value_to<std::string>(object.at("codec"));
    copy_case.data = json::value_to<std::string>(object.at("data"));
    copy_case.dtype = array::parse_dtype_name(json::value_to<std::string>(object.at("dtype"))).value();
    copy_case.shape = json::value_to<array::Shape>(object.at("shape"));
    copy_case.chunk_shape = json::value_to<array::Shape>(object.at("chunks"));
    if (object.contains("shards")) copy_case.shard_shape = json::value_to<array::Shape>(object.at("shards"));
    return copy_case;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kInvalidArgument,
                std::string("case: expected what to_json(CopyCase) writes: ") + error.what());
  }
}

}  // namespace chunkmark::study
