#include "native/cli/array_command.h"

#include <cstdio>

#include "native/cli/value_text.h"
#include "native/os/thread_executor.h"
#include "native/store/open_store.h"
#include "storage/codec/chain_document.h"
#include "storage/zarr/element_type.h"

namespace chunkmark::cli {

unsigned default_threads() {
  return os::machine_lanes(16);
}

void tell_warnings(const std::string& url, const zarr::ArrayMetadata& metadata) {
  for (const std::string& warning : metadata.warnings) {
    std::fprintf(stderr, "chunkmark: %s: %s\n", url.c_str(), warning.c_str());
  }
}

OpenedArray open_array(const std::string& url, Executor& executor) {
  OpenedArray opened{store::open_store(url, bytes::Durability::kNone), std::nullopt};
  opened.array.emplace(zarr::Array::open(*opened.store, "", executor));
  tell_warnings(url, opened.array->metadata());
  return opened;
}

std::string codecs_text(const json::array& codecs) {
  std::string text;
  for (const json::value& codec : codecs) {
    const json::object& object = codec.get_object();
    text += (text.empty() ? "" : ", ") + std::string(object.at("name").get_string());
    const json::value* settings = object.if_contains("configuration");
    if (settings == nullptr) continue;
    if (const json::value* inner = settings->get_object().if_contains("codecs")) {
      text += " [" + codecs_text(inner->get_array()) + "]";
      continue;
    }
    std::string told;
    for (const auto& [name, value] : settings->get_object()) {
      told += (told.empty() ? "" : ", ") + std::string(name) + " " +
              (value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    }
    text += " (" + told + ")";
  }
  return text;
}

void add_array_command(CLI::App& app, Run& run) {
  CLI::App* array = app.add_subcommand("array",
                                       "Looks into and copies Zarr arrays, of format 2 and 3.\n\n"
                                       "  chunkmark array info data.zarr/t              shape, chunks, codecs, bytes\n"
                                       "  chunkmark array cat data.zarr/t '[0:10,5]'    elements\n"
                                       "  chunkmark array info s3://bucket/data.zarr    the same, in a bucket\n"
                                       "  chunkmark array info https://host/data.zarr   or read from a web server\n"
                                       "  chunkmark array copy old.zarr new.zarr --chunks 100,100 --codec zstd");
  array->require_subcommand(1);
  add_array_info(*array, run);
  add_array_cat(*array, run);
  add_array_copy(*array, run);
}

}  // namespace chunkmark::cli
