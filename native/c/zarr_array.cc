// chunkmark_array_open(), chunkmark_array_create(): arrays of Zarr's.
#include <cmath>
#include <memory>
#include <optional>

#include "native/c/array_handle.h"
#include "native/c/shared_lanes.h"
#include "native/store/open_store.h"
#include "storage/codec/chain_document.h"
#include "storage/codec/registry.h"
#include "storage/codec/sharding.h"
#include "storage/zarr/array.h"
#include "storage/zarr/array_facts.h"
#include "storage/zarr/group.h"

namespace chunkmark::c {

namespace {

constexpr const char* kName = "options of an array";

class ZarrArray final : public chunkmark_array {
 public:
  ZarrArray(const std::string& url, unsigned threads)
      : ZarrArray(url, threads, store::open_store(url, bytes::Durability::kNone)) {
    array_.emplace(zarr::Array::open(*store_, "", lanes_));
    describe_array();
  }
  ZarrArray(const std::string& url, unsigned threads, std::unique_ptr<store::Store> store, zarr::ArrayMetadata metadata)
      : ZarrArray(url, threads, std::move(store)) {
    array_.emplace(zarr::Array::create(*store_, "", std::move(metadata), lanes_));
    describe_array();
  }

  json::object info() override { return zarr::array_facts(array_->metadata()); }
  void read(const array::Region& region, const array::Dest& dest) override { array_->read_into(region, dest); }
  void write(const array::Region& region, const array::Source& source) override { array_->write(region, source); }
  void read_strings(const array::Region& region, const Found& found) override {
    for (const std::string& text : array_->read_strings(region)) found(text);
  }
  void write_strings(const array::Region& region, const std::vector<std::string>& strings) override {
    array_->write_strings(region, strings);
  }

 private:
  ZarrArray(const std::string& url, unsigned threads, std::unique_ptr<store::Store> store)
      : url_(url), lanes_(threads), store_(std::move(store)) {}

  std::string name() const override { return "array " + url_; }
  void describe_array() {
    const zarr::ArrayMetadata& metadata = array_->metadata();
    describe(metadata.shape, metadata.dtype, type_json_v2(metadata.element_type()));
  }

  std::string url_;
  SharedLanes lanes_;
  std::unique_ptr<store::Store> store_;
  std::optional<zarr::Array> array_;
};

zarr::ElementType type_of(const Options& options) {
  const json::value& name = options.at("dtype");
  if (name.is_string() && name.get_string() == "str") return zarr::parse_type_v2("|O", "vlen-utf8", kName);
  return zarr::parse_type_v2(name, "vlen-utf8", kName);
}

codec::Chain chain_of(const Options& options, const zarr::ArrayMetadata& metadata) {
  const json::value* codecs = options.find("codecs");
  if (codecs != nullptr && codecs->is_array()) {
    return codec::parse_chain(*codecs, zarr::chunk_type(metadata), kName);
  }
  codec::Chain chain;
  chain.codecs = codec::default_codecs(options.text_or("codecs", "none"), metadata.dtype);
  return chain;
}

json::value zero_of(const zarr::ElementType& type) {
  return fill_json_v3(type, type.is_variable() ? array::Element{} : array::Element(type.dtype.item_bytes));
}

zarr::ArrayMetadata metadata_of(const Options& options) {
  zarr::ArrayMetadata metadata;
  const double format = options.number_or("format", 3);
  if (format != 2 && format != 3) invalid(std::string(kName) + ": expected format 2 or 3");
  const bool v2 = format == 2;
  metadata.format = v2 ? zarr::Format::kV2 : zarr::Format::kV3;
  metadata.separator = v2 ? '.' : '/';
  options.at("shape");
  metadata.shape = options.extents("shape");
  const zarr::ElementType type = type_of(options);
  metadata.dtype = type.dtype;
  if (type.kind != zarr::ElementType::Kind::kNumber) metadata.type = std::make_shared<zarr::ElementType>(type);
  const json::value* fill = options.find("fill_value");
  metadata.fill =
      parse_fill(type, fill == nullptr || fill->is_null() ? zero_of(type) : *fill, {}, kName, metadata.warnings);
  metadata.chain = chain_of(options, metadata);
  if (type.kind == zarr::ElementType::Kind::kNumber && type.big_endian) metadata.chain.big_endian = true;
  array::Shape chunks = options.extents("chunks");
  if (chunks.empty()) {
    chunks = metadata.shape;
    for (std::uint64_t& extent : chunks) extent = std::max<std::uint64_t>(extent, 1);
  }
  const array::Shape shards = options.extents("shards");
  if (!shards.empty()) metadata.chain = codec::sharded(std::move(metadata.chain), chunks, metadata.fill);
  metadata.chunk_shape = shards.empty() ? chunks : shards;
  if (const json::value* attributes = options.find("attributes"); attributes != nullptr && !attributes->is_null()) {
    if (!attributes->is_object()) invalid(std::string(kName) + ": expected attributes as an object");
    metadata.attributes = attributes->get_object();
  }
  if (const json::value* names = options.find("dimension_names"); names != nullptr && !names->is_null()) {
    if (!names->is_array()) invalid(std::string(kName) + ": expected dimension_names as a list");
    metadata.dimension_names = names->get_array();
  }
  return metadata;
}

// What the caller asked for is at fault, not a document.
zarr::ArrayMetadata checked_metadata(const Options& options, const std::string& url) {
  try {
    zarr::ArrayMetadata metadata = metadata_of(options);
    zarr::check(metadata, url);
    return metadata;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCorrupt) invalid(error.what());
    throw;
  }
}

void make_room(store::Store& store, const std::string& url, bool overwrite) {
  if (store.list("").empty()) return;
  if (!overwrite)
    throw Error(ErrorCode::kConflict, url + ": expected nothing there, found objects; overwrite removes them");
  if (!zarr::node_kind(store, "")) invalid(url + ": expected a Zarr array to overwrite, found other objects");
  store::erase_all(store, "");
}

std::unique_ptr<chunkmark_array> create(const std::string& url, const char* text, unsigned threads) {
  const Options options(text, kName,
                        {"shape", "dtype", "chunks", "shards", "format", "codecs", "fill_value", "attributes",
                         "dimension_names", "durability", "overwrite"});
  zarr::ArrayMetadata metadata = checked_metadata(options, url);
  const std::string level = options.text_or("durability", "none");
  const auto durability = bytes::parse_durability(level);
  if (!durability) invalid(std::string(kName) + ": expected none, process_crash or power_loss, found " + level);
  std::unique_ptr<store::Store> store = store::open_store(url, *durability);
  make_room(*store, url, options.flag_or("overwrite", false));
  return std::make_unique<ZarrArray>(url, threads, std::move(store), std::move(metadata));
}

}  // namespace

}  // namespace chunkmark::c

using namespace chunkmark;

extern "C" {

chunkmark_status chunkmark_array_open(const char* url, unsigned threads, chunkmark_array** array) {
  *array = nullptr;
  return c::guarded([&] { *array = std::make_unique<c::ZarrArray>(url, threads).release(); });
}

chunkmark_status chunkmark_array_create(const char* url, const char* options, unsigned threads,
                                        chunkmark_array** array) {
  *array = nullptr;
  return c::guarded([&] { *array = c::create(url, options, threads).release(); });
}

}  // extern "C"
