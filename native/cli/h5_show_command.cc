// chunkmark h5 log and show: the history, and one version or dataset.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include "base/json.h"
#include "native/cli/dimensions.h"
#include "native/cli/h5_command.h"
#include "native/cli/h5_file.h"
#include "native/cli/near_names.h"
#include "native/cli/region_text.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::cli {

namespace {

struct Options {
  std::string file, what, region;
  bool json = false, anywhere = false;
};

// Values that are printed unless a region says otherwise; more is a scroll, not a look.
constexpr std::uint64_t kShownElements = 100;
constexpr std::uint64_t kMaxShownBytes = 64 << 20;

int run_log(const Options& options) {
  H5File file(options.file);
  versioned::VersionedFile& versions = file.versions();
  std::vector<versioned::VersionInfo> list = versions.versions();
  if (!options.what.empty()) {
    list = versions.ancestry(open_version(versions, options.what).info().name);
  } else {
    // Newest first; what has no time comes last.
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.time > b.time; });
  }
  const std::vector<std::string> heads = versions.heads();
  const std::set<std::string> head_names(heads.begin(), heads.end());
  if (options.json) {
    json::array shown;
    for (const versioned::VersionInfo& info : list) {
      shown.push_back(json::object{{"name", info.name},
                                   {"prev_version", info.previous},
                                   {"timestamp", info.timestamp},
                                   {"message", versioned::json_text(info.message)},
                                   {"committed", info.committed},
                                   {"current", info.name == versions.current_name()},
                                   {"head", head_names.count(info.name) > 0}});
    }
    const json::object document{{"data_version", versions.data_version()},
                                {"current_version", versions.current_name()},
                                {"versions", std::move(shown)}};
    std::fputs(pretty_json(document).c_str(), stdout);
    return 0;
  }
  std::size_t width = 4;
  for (const versioned::VersionInfo& info : list) width = std::max(width, info.name.size());
  for (const versioned::VersionInfo& info : list) {
    std::string notes;
    if (info.name == versions.current_name()) notes += "  current";
    if (head_names.count(info.name) && heads.size() > 1) notes += "  tip of a branch";
    if (!info.committed) notes += "  NOT committed";
    const std::string line = padded(info.name, width) + "  " + padded(info.timestamp, 31) + "  " +
                             (info.has_parent() ? "after " + info.previous : "first") + notes;
    std::printf("%s\n", wrapped(line).c_str());
    if (!info.message.empty())
      std::printf("%s\n", wrapped("    " + info.message.substr(0, info.message.find('\n'))).c_str());
  }
  if (list.empty()) std::printf("no versions yet\n");
  return 0;
}

// Of a compound, whose columns come apart: its elements, each a list of its fields.
json::array elements_of(const json::value& data, std::uint64_t count) {
  if (data.is_array()) return data.get_array();
  json::array elements(count, json::array());
  for (const auto& [name, column] : data.get_object()) {
    for (std::uint64_t i = 0; i < count; ++i) elements[i].get_array().push_back(column.get_array()[i]);
  }
  return elements;
}

json::object dataset_facts(const versioned::VersionDataset& dataset, versioned::Session& session) {
  versioned::DumpOptions facts_only;
  std::uint64_t no_hashing = 0;
  json::object facts = dump_dataset(dataset, session, facts_only, no_hashing);
  facts.erase("sha256");
  facts.erase("not_hashed");
  const json::value words(hdf5::type_words(dataset.type()));
  if (words != facts.at("dtype") && facts.at("dtype").is_string()) facts["type"] = words;
  if (const json::array names = dimension_names(facts.at("attrs").get_object()); !names.empty()) {
    facts["dimensions"] = names;
  }
  if (dataset.dataset().layout().kind != hdf5::Layout::Kind::kChunked) {  // a version's; counting others reads an index
    facts["stored_chunks"] = dataset.mapped() ? dataset.mapped()->mappings() : dataset.mappings().size();
  }
  return facts;
}

int show_version(const versioned::Version& version, versioned::Session& session, const Options& options) {
  json::object datasets;
  for (const std::string& path : version.datasets()) {
    datasets[versioned::json_text(path)] = dataset_facts(version.dataset(path), session);
  }
  if (options.json) {
    json::array groups;
    for (const std::string& path : version.groups()) groups.push_back(versioned::json_text(path));
    const json::object document{{"name", version.info().name},
                                {"prev_version", version.info().previous},
                                {"timestamp", version.info().timestamp},
                                {"attrs", versioned::attributes_json(version.attributes(), session.heap())},
                                {"groups", std::move(groups)},
                                {"datasets", std::move(datasets)}};
    std::fputs(pretty_json(document).c_str(), stdout);
    return 0;
  }
  std::printf("%s  %s  %s\n", version.info().name.c_str(), version.info().timestamp.c_str(),
              version.info().has_parent() ? ("after " + version.info().previous).c_str() : "first");
  for (const auto& [path, facts] : datasets) {
    const json::object& object = facts.get_object();
    const json::value* stored = object.if_contains("stored_chunks");
    std::printf("  %s  %s  %s  chunks of %s%s\n", std::string(path).c_str(), shape_text(object.at("shape")).c_str(),
                type_text(object.at("dtype")).c_str(), shape_text(object.at("chunks"), "unknown shape").c_str(),
                stored ? (" (" + json::serialize(*stored) + " stored)").c_str() : "");
  }
  return 0;
}

// Without a region: whole rows from the start, about as many elements as fit a screen.
array::Region first_elements(const std::vector<std::uint64_t>& shape) {
  array::Region region = array::whole(shape);
  std::uint64_t left = kShownElements;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    region.shape[axis] = std::min(region.shape[axis], std::max<std::uint64_t>(left, 1));
    left /= std::max<std::uint64_t>(region.shape[axis], 1);
  }
  return region;
}

int show_dataset(const versioned::VersionDataset& dataset, versioned::Session& session, const Options& options) {
  const array::Region region =
      options.region.empty() ? first_elements(dataset.shape()) : parse_region(options.region, dataset.shape());
  const std::uint64_t size = hdf5::saturating_multiply(array::element_count(region.shape), dataset.element_bytes());
  if (size > kMaxShownBytes) {
    throw Error(ErrorCode::kInvalidArgument, dataset.path() + ": a region of " + std::to_string(size) +
                                                 " bytes is too much to show; export writes it to a file");
  }
  std::vector<std::byte> bytes(size);
  dataset.read(region, array::Dest::dense(bytes.data(), dataset.dtype(), region.shape));
  json::object facts = dataset_facts(dataset, session);
  facts["region"] = json::object{{"start", json::value_from(region.start)}, {"count", json::value_from(region.shape)}};
  facts["data"] = versioned::elements_json(dataset.type(), bytes, array::element_count(region.shape), session.heap());
  if (options.json) {
    std::fputs(pretty_json(facts).c_str(), stdout);
    return 0;
  }
  const auto line = [](std::string_view name, const std::string& text) {
    std::printf("%s  %s\n", padded(std::string(name), 10).c_str(), text.c_str());
  };
  line("shape", shape_text(facts.at("shape")));
  line("type", type_text(facts));
  if (const json::value* names = facts.if_contains("dimensions")) line("dimensions", dimensions_text(*names));
  if (const std::string scale = scale_text(facts.at("attrs").get_object()); !scale.empty()) line("scale", scale);
  if (!facts.at("chunks").is_null()) {
    const json::value* stored = facts.if_contains("stored_chunks");
    line("chunks", shape_text(facts.at("chunks")) + (stored ? " (" + json::serialize(*stored) + " stored)" : ""));
  }
  const json::value& fill = facts.at("fillvalue");
  if (fill.is_array() && !fill.get_array().empty())
    line("fill value", element_text(fill.get_array().front(), facts.at("dtype")));
  for (const auto& [name, value] : facts.at("attrs").get_object()) {
    const bool upstreams_own = name == "chunks" || name == "raw_data";
    if (!upstreams_own && !is_dimension_attribute(name))
      line("attribute", std::string(name) + " = " + json::serialize(value));
  }
  std::printf("\n");
  print_elements(elements_of(facts.at("data"), array::element_count(region.shape)), facts.at("dtype"), region.shape);
  if (array::element_count(region.shape) < dataset.count()) {
    std::printf("(%llu of %llu elements; --region shows others)\n",
                static_cast<unsigned long long>(array::element_count(region.shape)),
                static_cast<unsigned long long>(dataset.count()));
  }
  return 0;
}

// Of a file without versions: all of it, or one dataset.
int show_plain(versioned::Session& session, const Options& options) {
  std::string path = options.what;
  while (path.starts_with(':') || path.starts_with('/')) path.erase(0, 1);
  if (!path.empty()) {
    const auto address = hdf5::Group::find_path(session.container(), path);
    if (address && hdf5::Dataset::is_dataset(hdf5::ObjectHeader::read(session.container(), *address))) {
      return show_dataset(versioned::VersionDataset(session, *address, path), session, options);
    }
  }
  std::vector<std::string> names;
  json::object datasets;
  hdf5::walk_tree(session.container(), [&](const hdf5::TreeEntry& entry) {
    if (entry.kind == hdf5::TreeEntry::Kind::kDataset) names.push_back(entry.path);
    if (!path.empty() || (entry.kind != hdf5::TreeEntry::Kind::kDataset && entry.problem.empty())) return;
    json::value& shown = datasets[versioned::json_text(entry.path)];
    try {
      if (!entry.problem.empty()) throw Error(ErrorCode::kCorrupt, entry.problem);
      shown = dataset_facts(versioned::VersionDataset(session, entry.address, entry.path), session);
    } catch (const Error& error) {
      shown = json::object{{"error", versioned::json_text(error.what())}};
    }
  });
  if (!path.empty()) throw Error(ErrorCode::kNotFound, options.file + ": no dataset " + path + near_names(path, names));
  if (!options.region.empty()) throw Error(ErrorCode::kInvalidArgument, "--region needs a dataset: its path");
  if (options.json) {
    std::fputs(pretty_json(json::object{{"datasets", std::move(datasets)}}).c_str(), stdout);
    return 0;
  }
  std::printf("no versions\n");
  for (const auto& [name, facts] : datasets) {
    const json::object& object = facts.get_object();
    if (const json::value* error = object.if_contains("error")) {
      std::printf("  %s  %s\n", std::string(name).c_str(), error->get_string().c_str());
    } else {
      const json::value* axes = object.if_contains("dimensions");
      const std::string scale = scale_text(object.at("attrs").get_object());
      std::printf("  %s  %s  %s%s%s\n", std::string(name).c_str(), shape_text(object.at("shape")).c_str(),
                  type_text(object).c_str(), axes ? ("  " + dimensions_text(*axes)).c_str() : "",
                  scale.empty() ? "" : ("  " + scale).c_str());
    }
  }
  return 0;
}

int run_show(const Options& options) {
  H5File file(options.file, true, H5File::Contents::kAny, options.anywhere);
  if (!file.has_versions()) return show_plain(file.session(), options);
  const VersionAndPath what = parse_version_and_path(options.what);
  const versioned::Version version = open_version(file.versions(), what.version);
  versioned::Session& session = file.versions().session();
  if (what.path.empty()) {
    if (!options.region.empty()) {
      throw Error(ErrorCode::kInvalidArgument, "--region needs a dataset: " + version.info().name + ":PATH");
    }
    return show_version(version, session, options);
  }
  return show_dataset(open_dataset(version, what.path), session, options);
}

}  // namespace

void add_h5_log(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = h5.add_subcommand("log",
                                        "Lists the versions, newest first.\n\n"
                                        "  chunkmark h5 log prices.h5                 all of them\n"
                                        "  chunkmark h5 log prices.h5 r7              r7 and its ancestors");
  command->add_option("file", options->file, "A versioned HDF5 file, or its URL: s3://, http:// or https://")
      ->required();
  command->add_option("version", options->what, "Only this version and its ancestors");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_log(*options); }; });
}

void add_h5_show(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      h5.add_subcommand("show",
                        "Shows a version, or a dataset of it with its first elements; of a file without "
                        "versions, all of it or one dataset.\n\n"
                        "  chunkmark h5 show prices.h5                the current version\n"
                        "  chunkmark h5 show prices.h5 r3:group/x --region 0:10,5:7\n"
                        "  chunkmark h5 show prices.h5 @2024-01-31T12:00:00:group/x\n"
                        "  chunkmark h5 show plain.h5 group/x         of a file without versions");
  command->footer(kBytesInJson);
  command->add_option("file", options->file, "An HDF5 file, or its URL: s3://, http:// or https://")->required();
  command->add_flag("--anywhere", options->anywhere, kAnywhere);
  command->add_option("what", options->what,
                      "VERSION, VERSION:PATH or :PATH (default: the current version); without versions: PATH");
  command->add_option("--region", options->region, "Elements to show: START:STOP for each axis, with commas");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_show(*options); }; });
}

}  // namespace chunkmark::cli
