#include "base/error.h"
#include "bytes/pending.h"
#include "requests/methods.h"
#include "requests/params.h"
#include "storage/codec/registry.h"
#include "storage/codec/sharding.h"
#include "storage/zarr/array.h"
#include "storage/zarr/group.h"

namespace chunkmark::requests {

namespace {

zarr::Array open(Stores& stores, const json::object& params) {
  return zarr::Array::open(stores.at(number_of(params, "store")), text_or(params, "path", ""), stores.executor());
}

bool has_shards(const zarr::ArrayMetadata& metadata) {
  return metadata.chain.sharding != nullptr;
}

// A number's name; what else it is, as a version 3 document says it.
json::value dtype_of(const zarr::ArrayMetadata& metadata) {
  if (!metadata.type) return json::value(array::dtype_name(metadata.dtype));
  return zarr::type_json_v3(*metadata.type);
}

json::value facts_of(const zarr::ArrayMetadata& metadata) {
  json::array warnings;
  for (const std::string& warning : metadata.warnings) warnings.push_back(json::value(warning));
  const bool sharded = has_shards(metadata);
  return {{"format", metadata.format == zarr::Format::kV2 ? "zarr2" : "zarr3"},
          {"shape", json::value_from(metadata.shape)},
          {"chunks", json::value_from(sharded ? zarr::inner_chunk_shape(metadata) : metadata.chunk_shape)},
          {"shards", sharded ? json::value_from(metadata.chunk_shape) : json::value(nullptr)},
          {"dtype", dtype_of(metadata)},
          {"fill_value", zarr::fill_value_json(metadata)},
          {"attributes", metadata.attributes},
          {"warnings", std::move(warnings)}};
}

json::value list(Stores& stores, const json::object& params) {
  store::Store& store = stores.at(number_of(params, "store"));
  const std::string path = text_or(params, "path", "");
  const zarr::Group group = zarr::open_group(store, path);
  json::array members;
  for (const zarr::Node& node : zarr::list_group(store, path))
    members.push_back({{"name", node.name}, {"kind", node.kind == zarr::NodeKind::kArray ? "array" : "group"}});
  return {{"members", std::move(members)}, {"attributes", group.attributes}};
}

zarr::ArrayMetadata metadata_of(const json::object& params) {
  zarr::ArrayMetadata metadata;
  const std::string format = text_or(params, "format", "zarr3"), dtype = text_of(params, "dtype");
  if (format != "zarr2" && format != "zarr3")
    throw Error(ErrorCode::kInvalidArgument, "format: expected zarr2 or zarr3, found " + format);
  metadata.format = format == "zarr2" ? zarr::Format::kV2 : zarr::Format::kV3;
  metadata.separator = metadata.format == zarr::Format::kV2 ? '.' : '/';
  const auto known = array::parse_dtype_name(dtype);
  if (!known) throw Error(ErrorCode::kInvalidArgument, "dtype: expected a name such as float32, found " + dtype);
  metadata.dtype = *known;
  metadata.shape = shape_of(params, "shape");
  metadata.chunk_shape = shape_of(params, "chunks");
  metadata.chain.codecs = codec::default_codecs(text_or(params, "codec", "none"), metadata.dtype);
  if (params.contains("shards") && !params.at("shards").is_null()) {
    metadata.chain = codec::sharded(std::move(metadata.chain), metadata.chunk_shape, metadata.fill);
    metadata.chunk_shape = shape_of(params, "shards");
  }
  if (const json::value* attributes = params.if_contains("attributes");
      attributes != nullptr && attributes->is_object())
    metadata.attributes = attributes->get_object();
  return metadata;
}

json::value read(Stores& stores, const json::object& params) {
  zarr::Array array = open(stores, params);
  const zarr::ArrayMetadata& metadata = array.metadata();
  const array::Region region = region_of(params, metadata.shape);
  json::object answer{{"shape", json::value_from(region.shape)}, {"dtype", dtype_of(metadata)}};
  if (metadata.type && metadata.type->is_variable()) {
    json::array strings;
    for (const std::string& text : array.read_strings(region)) strings.push_back(json::value(text));
    answer["strings"] = std::move(strings);
    return answer;
  }
  const MutableByteView elements =
      stores.result().make(bytes_of(region.shape, metadata.dtype.item_bytes, array.path()));
  array.read_into(region, array::Dest::dense(elements.data(), metadata.dtype, region.shape));
  return answer;
}

json::value write(Stores& stores, const json::object& params, ByteView data) {
  zarr::Array array = open(stores, params);
  const zarr::ArrayMetadata& metadata = array.metadata();
  const array::Region region = region_of(params, metadata.shape);
  const std::size_t bytes = bytes_of(region.shape, metadata.dtype.item_bytes, array.path());
  if (data.size() != bytes)
    throw Error(ErrorCode::kInvalidArgument,
                "data: expected " + std::to_string(bytes) + " bytes, found " + std::to_string(data.size()));
  array.write(region, array::Source::dense(data.data(), metadata.dtype, region.shape));
  return json::object();
}

}  // namespace

void add_zarr_methods(api::MethodTable& methods, Stores& stores) {
  methods["zarr.open"] = [&stores](const json::object& params, ByteView) {
    return facts_of(open(stores, params).metadata());
  };
  methods["zarr.list"] = [&stores](const json::object& params, ByteView) { return list(stores, params); };
  methods["zarr.create"] = [&stores](const json::object& params, ByteView) {
    return facts_of(zarr::Array::create(stores.at(number_of(params, "store")), text_or(params, "path", ""),
                                        metadata_of(params), stores.executor())
                        .metadata());
  };
  methods["zarr.read"] = [&stores](const json::object& params, ByteView) { return read(stores, params); };
  methods["zarr.want"] = [&stores](const json::object& params, ByteView) -> json::value {
    zarr::Array array = open(stores, params);
    const array::Region region = region_of(params, array.metadata().shape);
    bool is_there = true;
    try {
      array.announce(region);
    } catch (const bytes::Pending&) {  // it is on its way
      is_there = false;
    }
    return {{"there", is_there}};
  };
  methods["zarr.write"] = [&stores](const json::object& params, ByteView data) { return write(stores, params, data); };
}

}  // namespace chunkmark::requests
