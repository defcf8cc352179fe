#include "storage/codec/chain_document.h"

#include <algorithm>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/element_filter.h"
#include "storage/codec/registry.h"
#include "storage/codec/sharding.h"

namespace chunkmark::codec {
namespace {

constexpr array::DType kIndexType{array::Kind::kUInt, 8};

std::vector<std::uint64_t> numbers_member(const json::object& object, std::string_view key,
                                          const std::string& document) {
  std::vector<std::uint64_t> numbers;
  for (const json::value& number : as_array(member(object, key, document), std::string(key), document)) {
    if (!number.is_int64() || number.get_int64() < 0) {
      refuse_corrupt(document, "numbers of at least 0 in \"" + std::string(key) + "\"", excerpt(number));
    }
    numbers.push_back(static_cast<std::uint64_t>(number.get_int64()));
  }
  return numbers;
}

bool is_filter(std::string_view v3_name) {
  return is_numcodecs(v3_name) && is_filter_id(numcodecs_id(v3_name));
}

// With the filters before it, whose elements have the byte order that it gives; the type that they become.
array::NumpyType parse_bytes(const Extension& codec, const std::vector<Extension>& filters, const ChunkType& chunk,
                             Chain& chain, const std::string& document) {
  const bool says_order = codec.configuration.contains("endian");
  if (says_order) {
    const std::string endian = text_member(codec.configuration, "endian", document);
    if (endian != "little" && endian != "big") refuse_corrupt(document, "endian little or big", endian);
    chain.big_endian = endian == "big";
    if (chunk.is_struct && chain.big_endian) refuse_unsupported(document, "byte order of structs", endian);
  }
  array::NumpyType elements{chunk.dtype, chain.big_endian};
  for (const Extension& filter : filters) {
    chain.codecs.push_back(
        make_filter(numcodecs_id(filter.name), filter.configuration, Dialect::kV3, elements, document));
    elements = chain.codecs.back()->element_types()->encoded;
  }
  if (!says_order && elements.dtype.word_bytes() > 1) {
    refuse_corrupt(document, "\"endian\" for the \"bytes\" codec", "none");
  }
  return elements;
}

json::object codec_json(const Codec& codec) {
  json::object item{{"name", document_name(codec, Dialect::kV3)}};
  json::object settings = codec.configuration(Dialect::kV3);
  const bool must_have = is_numcodecs(item["name"].get_string());  // zarr-python wants one of those
  if (must_have || !settings.empty()) item["configuration"] = std::move(settings);
  return item;
}

// Several in a row are one.
void parse_transpose(const Extension& codec, Chain& chain, const std::string& document) {
  if (member(codec.configuration, "order", document).is_string()) {
    refuse_unsupported(document, "transpose order", text_member(codec.configuration, "order", document));
  }
  std::vector<std::size_t> order;
  for (const std::uint64_t dimension : numbers_member(codec.configuration, "order", document)) {
    if (!chain.transpose.empty() && dimension >= chain.transpose.size()) {
      refuse_corrupt(document, "an order of " + std::to_string(chain.transpose.size()) + " dimensions",
                     std::to_string(dimension));
    }
    order.push_back(chain.transpose.empty() ? static_cast<std::size_t>(dimension) : chain.transpose[dimension]);
  }
  chain.transpose = std::move(order);
}

std::shared_ptr<const Sharding> parse_sharding(const json::object& configuration, const ChunkType& chunk,
                                               const std::string& document) {
  Sharding::Settings settings;
  settings.inner_shape = numbers_member(configuration, "chunk_shape", document);
  settings.inner = parse_chain(member(configuration, "codecs", document), chunk, document);
  settings.index =
      parse_chain(member(configuration, "index_codecs", document), {kIndexType, {}, "bytes", false}, document);
  settings.fill = chunk.fill;
  if (configuration.contains("index_location")) {
    const std::string location = text_member(configuration, "index_location", document);
    if (location != "start" && location != "end") refuse_corrupt(document, "index_location start or end", location);
    settings.index_at_start = location == "start";
  }
  return std::make_shared<Sharding>(std::move(settings));
}

json::object sharding_json(const Sharding::Settings& settings, const ChunkType& chunk) {
  return {{"chunk_shape", json::value_from(settings.inner_shape)},
          {"codecs", chain_json(settings.inner, chunk)},
          {"index_codecs", chain_json(settings.index, {kIndexType, {}, "bytes", false})},
          {"index_location", settings.index_at_start ? "start" : "end"}};
}

void check_order(const std::vector<std::size_t>& order, std::size_t rank, const std::string& name) {
  std::vector<bool> seen(rank);
  const auto refuse = [&](std::size_t found) {
    throw Error(ErrorCode::kInvalidArgument, name + ": expected a permutation of " + std::to_string(rank) +
                                                 " dimensions to transpose, found " + std::to_string(found));
  };
  for (const std::size_t dimension : order) {
    if (dimension >= rank || seen[dimension]) refuse(dimension);
    seen[dimension] = true;
  }
  if (order.size() != rank) refuse(order.size());
}

}  // namespace

Extension parse_extension(const json::value& value, const std::string& what, const std::string& document) {
  if (value.is_string()) return {std::string(value.get_string()), {}};
  const json::object& object = as_object(value, what, document);
  Extension extension{text_member(object, "name", document), {}};
  if (const json::value* configuration = object.if_contains("configuration")) {
    extension.configuration = as_object(*configuration, what + " configuration", document);
  }
  return extension;
}

Chain parse_chain(const json::value& codecs, const ChunkType& chunk, const std::string& document) {
  Chain chain;
  std::vector<Extension> filters;
  array::NumpyType elements{chunk.dtype, false};
  bool serial = false;  // the elements have become bytes
  for (const json::value& item : as_array(codecs, "codecs", document)) {
    Extension codec = parse_extension(item, "codec", document);
    const bool makes_bytes = codec.name == chunk.serializer || codec.name == kShardingName;
    if (serial && (makes_bytes || codec.name == "transpose" || is_filter(codec.name))) {
      refuse_corrupt(document, "codecs from bytes to bytes after the first that makes bytes", codec.name);
    }
    if (serial) {
      chain.codecs.push_back(make_codec(codec.name, codec.configuration, Dialect::kV3, elements.dtype, document));
    } else if (codec.name == "transpose") {
      const std::vector<std::size_t> before = chain.transpose;
      parse_transpose(codec, chain, document);
      if (!filters.empty() && chain.transpose != before) {
        refuse_unsupported(document, "transpose after", filters.back().name);
      }
    } else if (is_filter(codec.name)) {
      filters.push_back(std::move(codec));
    } else if (makes_bytes) {
      if (codec.name == kShardingName) {
        if (!filters.empty()) refuse_unsupported(document, "filter before shards", filters.back().name);
        chain.sharding = parse_sharding(codec.configuration, chunk, document);
      } else if (codec.name == "bytes") {
        elements = parse_bytes(codec, filters, chunk, chain, document);
      } else if (!filters.empty()) {
        refuse_unsupported(document, "filter before strings", filters.back().name);
      }
      serial = true;
    } else {
      constexpr std::string_view kSerializers[] = {"bytes", "vlen-utf8", "vlen-bytes"};
      if (std::find(std::begin(kSerializers), std::end(kSerializers), codec.name) == std::end(kSerializers)) {
        make_codec(codec.name, codec.configuration, Dialect::kV3, elements.dtype, document);  // known at all?
      }
      refuse_corrupt(document, "the \"" + std::string(chunk.serializer) + "\" codec first", codec.name);
    }
  }
  if (!serial) refuse_corrupt(document, "a \"" + std::string(chunk.serializer) + "\" codec", excerpt(codecs));
  return chain;
}

json::array chain_json(const Chain& chain, const ChunkType& chunk) {
  json::array codecs;
  if (!chain.transpose.empty()) {
    codecs.push_back({{"name", "transpose"}, {"configuration", {{"order", json::value_from(chain.transpose)}}}});
  }
  array::NumpyType elements{chunk.dtype, chain.big_endian};
  std::size_t filters = 0;
  for (; filters < chain.codecs.size() && chain.codecs[filters]->element_types() != nullptr; ++filters) {
    const Codec& filter = *chain.codecs[filters];
    const ElementTypes types = *filter.element_types();
    const auto foreign = [&](array::NumpyType type) {
      return type.dtype.item_bytes > 1 && type.big_endian != chain.big_endian;
    };
    if (chain.sharding || foreign(types.content) || foreign(types.encoded)) {
      refuse_unsupported("Zarr v3 array", chain.sharding ? "filter before shards" : "byte order of its own in filter",
                         filter.name());
    }
    elements = types.encoded;
    codecs.push_back(codec_json(filter));
  }
  if (chain.sharding) {
    codecs.push_back({{"name", kShardingName}, {"configuration", sharding_json(chain.sharding->settings(), chunk)}});
  } else {
    json::object bytes{{"name", chunk.serializer}};
    if (chunk.serializer == "bytes" && (elements.dtype.word_bytes() > 1 || chunk.is_struct)) {
      bytes["configuration"] = json::object{{"endian", chain.big_endian ? "big" : "little"}};
    }
    codecs.push_back(std::move(bytes));
  }
  for (std::size_t i = filters; i < chain.codecs.size(); ++i) {
    if (chain.codecs[i]->element_types() != nullptr) {
      refuse_unsupported("Zarr v3 array", "filter behind codecs from bytes to bytes", chain.codecs[i]->name());
    }
    codecs.push_back(codec_json(*chain.codecs[i]));
  }
  return codecs;
}

void check_chain(const Chain& chain, const array::Shape& chunk_shape, const std::string& name) {
  if (!chain.transpose.empty()) check_order(chain.transpose, chunk_shape.size(), name);
  if (!chain.sharding) return;
  const Sharding::Settings& settings = chain.sharding->settings();
  chain.sharding->check(chain.stored_order(chunk_shape), name);
  check_chain(settings.inner, settings.inner_shape, name);
}

}  // namespace chunkmark::codec
