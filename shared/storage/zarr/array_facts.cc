#include "storage/zarr/array_facts.h"

#include "storage/codec/sharding.h"

namespace chunkmark::zarr {

json::object array_facts(const ArrayMetadata& metadata) {
  const codec::Chain& chain = metadata.chain;
  const bool v2 = metadata.format == Format::kV2;
  const ElementType type = metadata.element_type();
  json::object facts{{"kind", "array"},
                     {"format", v2 ? "zarr2" : "zarr3"},
                     {"shape", json::value_from(metadata.shape)},
                     {"dtype", v2 ? type_json_v2(type) : type_json_v3(type)},
                     {"numpy_dtype", type_json_v2(type)},
                     {"chunks", json::value_from(metadata.chunk_shape)},
                     {"shards", nullptr},
                     {"codecs", codec::chain_json(chain, chunk_type(metadata))},
                     {"fill_value", fill_value_json(metadata)},
                     {"dimension_names", nullptr},
                     {"attributes", metadata.attributes},
                     {"array_bytes", array::element_count(metadata.shape) * metadata.dtype.item_bytes}};
  if (metadata.dimension_names) facts["dimension_names"] = *metadata.dimension_names;
  if (chain.sharding) {
    facts["shards"] = facts["chunks"];
    facts["chunks"] = json::value_from(inner_chunk_shape(metadata));
  }
  return facts;
}

}  // namespace chunkmark::zarr
