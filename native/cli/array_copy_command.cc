// chunkmark array copy: an array stored in another way: format, chunks, shards, codec.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "native/cli/array_command.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "native/store/open_store.h"
#include "storage/codec/registry.h"
#include "storage/codec/sharding.h"
#include "storage/zarr/copy.h"
#include "storage/zarr/group.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::string from, to, format, codec;
  std::vector<std::uint64_t> chunks, shards;
  std::string durability = "none";
  unsigned threads = default_threads();
  bool overwrite = false;
  bool json = false;
};

void check_rank(const char* option, const array::Shape& extents, std::size_t rank) {
  if (extents.empty() || extents.size() == rank) return;
  throw Error(ErrorCode::kInvalidArgument, std::string(option) + ": expected " + std::to_string(rank) +
                                               " extents as the array has, found " + std::to_string(extents.size()));
}

// The source's, but for what the options say.
zarr::ArrayMetadata metadata_of(const zarr::ArrayMetadata& source, const Options& options) {
  check_rank("--chunks", options.chunks, source.shape.size());
  check_rank("--shards", options.shards, source.shape.size());
  zarr::ArrayMetadata metadata = source;
  if (!options.format.empty()) {
    metadata.format = options.format == "zarr2" ? zarr::Format::kV2 : zarr::Format::kV3;
    metadata.v2_chunk_keys = false;
    metadata.separator = metadata.format == zarr::Format::kV2 ? '.' : '/';
    if (metadata.format == zarr::Format::kV2) metadata.dimension_names.reset();
  }
  codec::Chain chunk_chain = source.chain;  // of the smallest chunks
  array::Shape chunks = source.chunk_shape;
  if (source.chain.sharding) {
    chunk_chain = source.chain.sharding->settings().inner;
    chunks = zarr::inner_chunk_shape(source);
    if (!source.chain.transpose.empty()) chunk_chain.transpose.clear();  // an order of the shard's own dimensions
  }
  if (!options.codec.empty()) chunk_chain.codecs = codec::default_codecs(options.codec, source.dtype);
  if (!options.chunks.empty()) chunks = options.chunks;
  const bool keeps_shards =
      source.chain.sharding && options.chunks.empty() && options.shards.empty() && metadata.format == zarr::Format::kV3;
  if (options.shards.empty() && !keeps_shards) {
    metadata.chain = chunk_chain;
    metadata.chunk_shape = chunks;
    return metadata;
  }
  metadata.chain = codec::sharded(chunk_chain, chunks, source.fill);
  if (!options.shards.empty()) metadata.chunk_shape = options.shards;
  return metadata;
}

// Whether removing what is at `to` would remove what is at `from`.
bool holds(const std::string& to, const std::string& from) {
  const auto outer = store::folder_of_store(to), inner = store::folder_of_store(from);
  if (outer.has_value() != inner.has_value()) return false;
  if (!outer) {  // two buckets, or memory
    const auto closed = [](const std::string& url) { return url + (url.ends_with('/') ? "" : "/"); };
    return closed(from).starts_with(closed(to));
  }
  const std::string whole = std::filesystem::weakly_canonical(*outer).string() + "/";
  return (std::filesystem::weakly_canonical(*inner).string() + "/").starts_with(whole);
}

// Nothing is overwritten without being asked to, and never the source.
void make_room(store::Store& to, const Options& options) {
  if (to.list("").empty()) return;
  if (holds(options.to, options.from)) {
    throw Error(ErrorCode::kInvalidArgument, options.to + ": expected another place than that of " + options.from);
  }
  if (!options.overwrite) {
    throw Error(ErrorCode::kInvalidArgument,
                options.to + ": expected nothing there, found objects; --overwrite removes them");
  }
  if (!zarr::node_kind(to, "")) {
    throw Error(ErrorCode::kInvalidArgument, options.to + ": expected a Zarr array to overwrite, found other objects");
  }
  store::erase_all(to, "");
}

int run_copy(const Options& options) {
  os::ThreadExecutor executor(options.threads);
  OpenedArray from = open_array(options.from, executor);
  const zarr::ArrayMetadata metadata = metadata_of(from.array->metadata(), options);
  zarr::check(metadata, options.to);
  const auto to = store::open_store(options.to, bytes::parse_durability(options.durability).value());
  make_room(*to, options);
  const auto begin = std::chrono::steady_clock::now();
  zarr::Array copy = zarr::Array::create(*to, "", metadata, executor);
  const bool shows = is_terminal(STDERR_FILENO);
  zarr::copy_array(*from.array, copy, [&](std::uint64_t done, std::uint64_t total) {
    if (!shows) return;
    std::fprintf(stderr, "\r\033[K%s of %s", bytes_text(static_cast<double>(done)).c_str(),
                 bytes_text(static_cast<double>(total)).c_str());
  });
  if (shows) std::fprintf(stderr, "\r\033[K");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  json::object facts = zarr::array_facts(metadata);
  facts["seconds"] = seconds;
  if (options.json) {
    std::fputs(pretty_json(facts).c_str(), stdout);
    return 0;
  }
  const std::string line = "copied " +
                           bytes_text(static_cast<double>(facts.at("array_bytes").to_number<std::uint64_t>())) +
                           " to " + options.to + " in " + decimal(seconds, 2) + " s: " + shape_text(facts.at("shape")) +
                           ", chunks of " + shape_text(facts.at("chunks")) +
                           (facts.at("shards").is_null() ? "" : " in shards of " + shape_text(facts.at("shards"))) +
                           ", " + codecs_text(facts.at("codecs").get_array());
  std::printf("%s\n", wrapped(line, 2).c_str());
  return 0;
}

}  // namespace

void add_array_copy(CLI::App& array, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      array.add_subcommand("copy",
                           "Stores an array in another way, block by block: at most 256 MB of it are in\n"
                           "memory, or one chunk or shard if that is larger. What no option says stays as "
                           "it is in the source; attributes go along.\n\n"
                           "  chunkmark array copy old.zarr new.zarr --format zarr3 --codec zstd\n"
                           "  chunkmark array copy a.zarr b.zarr --chunks 64,64 --shards 1024,1024");
  command->add_option("from", options->from, "Folder, or file://, s3://, http:// or https:// URL, of the array")
      ->required();
  command->add_option("to", options->to, "Where to: nothing may be there yet")->required();
  command->add_option("--format", options->format, "zarr2, zarr3")->check(CLI::IsMember({"zarr2", "zarr3"}));
  command->add_option("--chunks", options->chunks, "Extents of a chunk")->delimiter(',');
  command->add_option("--shards", options->shards, "Extents of a shard, multiples of a chunk's (zarr3)")
      ->delimiter(',');
  command->add_option("--codec", options->codec, "none, blosc, zstd, gzip, lz4")
      ->check(CLI::IsMember({"none", "blosc", "zstd", "gzip", "lz4"}));
  command->add_option("--threads", options->threads, "Threads that decode and encode")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  command->add_option("--durability", options->durability, "none, process_crash, power_loss: what the copy survives")
      ->check(CLI::IsMember({"none", "process_crash", "power_loss"}))
      ->capture_default_str();
  command->add_flag("--overwrite", options->overwrite, "Remove an array or group that is there");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_copy(*options); }; });
}

}  // namespace chunkmark::cli
