#include "storage/codec/chain_document.h"

#include "base/error.h"
#include "base/json_members.h"
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

void parse_bytes(const Extension& codec, array::DType dtype, Chain& chain, const std::string& document) {
  if (!codec.configuration.contains("endian")) {
    if (dtype.word_bytes() > 1) refuse_corrupt(document, "\"endian\" for the \"bytes\" codec", "none");
    return;
  }
  const std::string endian = text_member(codec.configuration, "endian", document);
  if (endian != "little" && endian != "big") refuse_corrupt(document, "endian little or big", endian);
  chain.big_endian = endian == "big";
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
  settings.index = parse_chain(member(configuration, "index_codecs", document), {kIndexType, {}}, document);
  settings.fill = chunk.fill;
  if (configuration.contains("index_location")) {
    const std::string location = text_member(configuration, "index_location", document);
    if (location != "start" && location != "end") refuse_corrupt(document, "index_location start or end", location);
    settings.index_at_start = location == "start";
  }
  return std::make_shared<Sharding>(std::move(settings));
}

json::object sharding_json(const Sharding::Settings& settings, array::DType dtype) {
  return {{"chunk_shape", json::value_from(settings.inner_shape)},
          {"codecs", chain_json(settings.inner, dtype)},
          {"index_codecs", chain_json(settings.index, kIndexType)},
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
  bool serial = false;  // the elements have become bytes
  for (const json::value& item : as_array(codecs, "codecs", document)) {
    const Extension codec = parse_extension(item, "codec", document);
    const bool makes_bytes = codec.name == "bytes" || codec.name == kShardingName;
    if (codec.name == "transpose" || makes_bytes) {
      if (serial) refuse_corrupt(document, "codecs from bytes to bytes after the first that makes bytes", codec.name);
      if (codec.name == "transpose") parse_transpose(codec, chain, document);
      if (codec.name == "bytes") parse_bytes(codec, chunk.dtype, chain, document);
      if (codec.name == kShardingName) chain.sharding = parse_sharding(codec.configuration, chunk, document);
      serial = makes_bytes;
      continue;
    }
    chain.codecs.push_back(make_codec(codec.name, codec.configuration, Dialect::kV3, chunk.dtype, document));
    if (!serial) refuse_corrupt(document, "the \"bytes\" codec first", codec.name);
  }
  if (!serial) refuse_corrupt(document, "a \"bytes\" codec", excerpt(codecs));
  return chain;
}

json::array chain_json(const Chain& chain, array::DType dtype) {
  json::array codecs;
  if (!chain.transpose.empty()) {
    codecs.push_back({{"name", "transpose"}, {"configuration", {{"order", json::value_from(chain.transpose)}}}});
  }
  if (chain.sharding) {
    codecs.push_back({{"name", kShardingName}, {"configuration", sharding_json(chain.sharding->settings(), dtype)}});
  } else {
    json::object bytes{{"name", "bytes"}};
    if (dtype.word_bytes() > 1) bytes["configuration"] = json::object{{"endian", chain.big_endian ? "big" : "little"}};
    codecs.push_back(std::move(bytes));
  }
  for (const auto& codec : chain.codecs) {
    json::object item{{"name", codec->name()}};
    if (json::object settings = codec->configuration(Dialect::kV3); !settings.empty()) {
      item["configuration"] = std::move(settings);
    }
    codecs.push_back(std::move(item));
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
