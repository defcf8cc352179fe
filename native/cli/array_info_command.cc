// chunkmark array info: what an array is and what it takes, or what a group holds.
#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/value_text.h"
#include "native/cli/array_command.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "native/store/open_store.h"
#include "storage/array/chunk_grid.h"
#include "storage/zarr/group.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::string url;
  bool json = false;
};

// More objects than this are not looked at one by one.
constexpr std::uint64_t kMaxObjects = 100'000;

json::object group_facts(store::Store& store) {
  const zarr::Group group = zarr::open_group(store, "");
  json::array members;
  for (const zarr::Node& node : zarr::list_group(store, "")) {
    members.push_back({{"name", node.name}, {"kind", node.kind == zarr::NodeKind::kArray ? "array" : "group"}});
  }
  return {{"kind", "group"},
          {"format", group.format == zarr::Format::kV2 ? "zarr2" : "zarr3"},
          {"attributes", group.attributes},
          {"members", std::move(members)}};
}

// How many chunks (or shards) there are, and how many bytes those that are stored have.
void add_stored(store::Store& store, const zarr::ArrayMetadata& metadata, json::object& facts) {
  const array::ChunkGrid grid(metadata.shape, metadata.chunk_shape);
  const array::Region whole = array::whole(metadata.shape);
  const std::uint64_t objects = grid.count(whole);
  facts["objects"] = objects;
  facts["stored_objects"] = facts["stored_bytes"] = nullptr;
  if (objects > kMaxObjects) return;
  std::uint64_t stored = 0, bytes = 0;
  grid.for_each(whole, [&](const array::ChunkPart& part) {
    if (const auto object = store.open(zarr::chunk_key(metadata, part.chunk))) {
      ++stored;
      bytes += object->size();
    }
  });
  facts["stored_objects"] = stored;
  facts["stored_bytes"] = bytes;
}

void print_attributes(const json::object& attributes) {
  for (const auto& [name, value] : attributes) {
    std::printf("attribute   %s = %s\n", std::string(name).c_str(), json::serialize(value).c_str());
  }
}

void print_group(const json::object& facts) {
  const json::array& members = facts.at("members").get_array();
  std::printf("group of %s\n", counted(members.size(), "member").c_str());
  for (const json::value& member : members) {
    std::printf("%-11s %s\n", member.at("kind").get_string().c_str(), member.at("name").get_string().c_str());
  }
  print_attributes(facts.at("attributes").get_object());
}

void print_array(const json::object& facts) {
  const auto line = [](const char* name, const std::string& text) {
    std::printf("%s\n", wrapped(padded(name, 10) + "  " + text).c_str());
  };
  const double array_bytes = static_cast<double>(facts.at("array_bytes").to_number<std::uint64_t>());
  line("format", std::string(facts.at("format").get_string()));
  line("shape", shape_text(facts.at("shape")));
  const json::value& numpy = facts.at("numpy_dtype");
  const bool is_number = facts.at("dtype").is_string() && array::parse_dtype_name(facts.at("dtype").get_string());
  line("type", type_text(is_number ? facts.at("dtype") : numpy));
  if (!facts.at("shards").is_null()) line("shards", shape_text(facts.at("shards")));
  line("chunks", shape_text(facts.at("chunks")));
  line("codecs", codecs_text(facts.at("codecs").get_array()));
  const json::value& fill = facts.at("fill_value");
  line("fill value", fill.is_object() ? json::serialize(fill) : value_text(fill, nullptr));
  if (!facts.at("dimension_names").is_null()) line("names", json::serialize(facts.at("dimension_names")));
  line("array", bytes_text(array_bytes));
  const std::string objects = counted(facts.at("objects").to_number<std::uint64_t>(), "object");
  if (facts.at("stored_bytes").is_null()) {
    line("stored", objects + ": too many to look at each");
  } else {
    const double bytes = static_cast<double>(facts.at("stored_bytes").to_number<std::uint64_t>());
    const std::string ratio = array_bytes > 0 ? ", " + decimal(bytes / array_bytes, 3) + " of the array" : "";
    line("stored",
         bytes_text(bytes) + ratio + ", in " + json::serialize(facts.at("stored_objects")) + " of " + objects);
  }
  print_attributes(facts.at("attributes").get_object());
}

int run_info(const Options& options) {
  const std::unique_ptr<store::Store> store = store::open_store(options.url, bytes::Durability::kNone);
  InlineExecutor executor;
  const auto kind = zarr::node_kind(*store, "");
  json::object facts;
  if (kind == zarr::NodeKind::kGroup) {
    facts = group_facts(*store);
  } else {
    const zarr::Array array = zarr::Array::open(*store, "", executor);  // says what it expected where there is none
    tell_warnings(options.url, array.metadata());
    facts = zarr::array_facts(array.metadata());
    add_stored(*store, array.metadata(), facts);
  }
  if (options.json) {
    std::fputs(pretty_json(facts).c_str(), stdout);
  } else if (kind == zarr::NodeKind::kGroup) {
    print_group(facts);
  } else {
    print_array(facts);
  }
  return 0;
}

}  // namespace

void add_array_info(CLI::App& array, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = array.add_subcommand("info",
                                           "Tells shape, type, chunks, codecs and bytes of an array, or the members of "
                                           "a group.\n\n"
                                           "  chunkmark array info data.zarr\n"
                                           "  chunkmark array info data.zarr/temperature --json");
  command->add_option("url", options->url, "Folder, or file://, s3://, http:// or https:// URL, of the array or group")
      ->required();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_info(*options); }; });
}

}  // namespace chunkmark::cli
