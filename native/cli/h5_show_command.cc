// chunkmark h5 log and show: the history, and one version or dataset.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include "base/json.h"
#include "base/value_text.h"
#include "native/cli/h5_command.h"
#include "native/cli/h5_file.h"
#include "native/cli/near_names.h"
#include "native/cli/region_text.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/dimensions.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/element_texts.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::cli {

namespace {

struct Options {
  std::string file, what, region;
  bool json = false, anywhere = false;
};

// Values that are printed unless a region says otherwise; more is a scroll, not a look.
constexpr std::uint64_t kShownElements = 100, kShownOfAxis = 10;
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

// What a dataset is, without hashes, with the names of its axes.
json::object shown_facts(const versioned::VersionDataset& dataset, versioned::Session& session) {
  json::object facts = dataset_facts(dataset, session);
  if (json::array names = versioned::dimension_names(facts.at("attrs").get_object()); !names.empty()) {
    facts["dimensions"] = std::move(names);
  }
  if (dataset.dataset().layout().kind != hdf5::Layout::Kind::kChunked) {  // a version's; counting others reads an index
    facts["stored_chunks"] = dataset.mapped() ? dataset.mapped()->mappings() : dataset.mappings().size();
  }
  return facts;
}

void print_line(std::string_view name, const std::string& text) {
  std::printf("%s  %s\n", padded(std::string(name), 10).c_str(), text.c_str());
}

void print_attributes(const json::object& attributes, const versioned::Session& session) {
  const bool has_versions = session.needs() == versioned::Session::Needs::kVersions;
  for (const auto& [name, text] : versioned::attribute_texts(attributes, has_versions))
    print_line("attribute", name + " = " + text);
}

int show_version(const versioned::Version& version, versioned::Session& session, const Options& options) {
  json::object datasets;
  for (const std::string& path : version.datasets()) {
    datasets[versioned::json_text(path)] = shown_facts(version.dataset(path), session);
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
                type_text(object).c_str(), shape_text(object.at("chunks"), "unknown shape").c_str(),
                stored ? (" (" + json::serialize(*stored) + " stored)").c_str() : "");
  }
  return 0;
}

// Without a region, as many elements as fit a screen: the start of one axis, a corner of the last two.
array::Region first_elements(const std::vector<std::uint64_t>& shape) {
  array::Region region = array::whole(shape);
  const std::size_t rank = shape.size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::uint64_t most = rank == 1 ? kShownElements : axis + 2 >= rank ? kShownOfAxis : 1;
    region.shape[axis] = std::min(region.shape[axis], most);
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
  json::object facts = shown_facts(dataset, session);
  facts["region"] = json::object{{"start", json::value_from(region.start)}, {"count", json::value_from(region.shape)}};
  const std::uint64_t count = array::element_count(region.shape);
  const auto read = [&] {
    std::vector<std::byte> bytes(size);
    dataset.read(region, array::Dest::dense(bytes.data(), dataset.dtype(), region.shape));
    return bytes;
  };
  if (options.json) {
    const std::vector<std::byte> bytes = read();
    facts["data"] = versioned::elements_json(dataset.type(), bytes, count, session.heap());
    std::fputs(pretty_json(facts).c_str(), stdout);
    return 0;
  }
  print_line("shape", shape_text(facts.at("shape")));
  print_line("type", type_text(facts));
  if (const json::value* names = facts.if_contains("dimensions")) {
    print_line("dimensions", versioned::dimensions_text(*names));
  }
  if (const std::string scale = versioned::scale_text(facts.at("attrs").get_object()); !scale.empty()) {
    print_line("scale", scale);
  }
  if (!facts.at("chunks").is_null()) {
    const json::value* stored = facts.if_contains("stored_chunks");
    print_line("chunks", shape_text(facts.at("chunks")) + (stored ? " (" + json::serialize(*stored) + " stored)" : ""));
  }
  if (const json::value* filters = facts.if_contains("filters_text"); filters && !filters->get_string().empty()) {
    print_line("filters", std::string(filters->get_string()));
  }
  const json::value& fill = facts.at("fillvalue");
  if (fill.is_array() && !fill.get_array().empty())
    print_line("fill value", value_text(fill.get_array().front(), facts.at("dtype")));
  print_attributes(facts.at("attrs").get_object(), session);
  if (facts.at("shape").is_null()) return 0;
  std::fflush(stdout);  // what it is stands above why it cannot be read
  const std::vector<std::byte> bytes = read();
  std::printf("\n");
  print_elements(versioned::element_texts(dataset.type(), bytes, count, session.heap()), region.shape);
  if (count < dataset.count()) {
    std::printf("(%llu of %llu elements; --region shows others)\n", static_cast<unsigned long long>(count),
                static_cast<unsigned long long>(dataset.count()));
  }
  return 0;
}

// Of a file without versions: a group (or the file's root) and what is below it.
int show_group(versioned::Session& session, const std::string& path, std::uint64_t address, bool as_json) {
  using Kind = hdf5::TreeEntry::Kind;
  const json::object attributes = object_attributes_json(session, address);
  json::array groups;
  json::object datasets, links;
  hdf5::walk_tree(session.container(), path, address, [&](const hdf5::TreeEntry& entry) {
    const json::string name = versioned::json_text(entry.path);
    if (entry.kind == Kind::kGroup) groups.push_back(name);
    if (entry.kind == Kind::kLink) links[name] = versioned::json_text(entry.target);
    if (entry.kind == Kind::kUnreadable) datasets[name] = json::object{{"error", versioned::json_text(entry.problem)}};
    if (entry.kind != Kind::kDataset) return;
    json::value& shown = datasets[name];
    try {
      shown = shown_facts(versioned::VersionDataset(session, entry.address, entry.path), session);
    } catch (const Error& error) {
      shown = json::object{{"error", versioned::json_text(error.what())}};
    }
  });
  if (as_json) {
    const json::object document{
        {"attrs", attributes}, {"groups", groups}, {"links", std::move(links)}, {"datasets", std::move(datasets)}};
    std::fputs(pretty_json(document).c_str(), stdout);
    return 0;
  }
  if (path.empty()) std::printf("no versions\n");
  print_attributes(attributes, session);
  const auto text = [](const json::object& facts, const char* key, const char* before) {
    const json::value* value = facts.if_contains(key);
    return value && value->is_string() && !value->get_string().empty() ? before + std::string(value->get_string()) : "";
  };
  for (const auto& [name, facts] : datasets) {
    const json::object& object = facts.get_object();
    if (object.contains("error")) {
      std::printf("  %s%s\n", std::string(name).c_str(), text(object, "error", "  ").c_str());
      continue;
    }
    std::string line = "  " + std::string(name) + "  " + shape_text(object.at("shape")) + "  " + type_text(object);
    if (!object.at("chunks").is_null()) line += "  chunks of " + shape_text(object.at("chunks"));
    line += text(object, "filters_text", "  ");
    if (const json::value* axes = object.if_contains("dimensions")) line += "  " + versioned::dimensions_text(*axes);
    if (const std::string scale = versioned::scale_text(object.at("attrs").get_object()); !scale.empty())
      line += "  " + scale;
    std::printf("%s\n", line.c_str());
  }
  for (const auto& [name, target] : links)
    std::printf("  %s -> %s\n", std::string(name).c_str(), target.get_string().c_str());
  return 0;
}

// Of a file without versions: all of it, a group, or one dataset.
int show_plain(versioned::Session& session, const Options& options) {
  const hdf5::Container& container = session.container();
  std::string path = options.what;
  while (path.starts_with(':') || path.starts_with('/')) path.erase(0, 1);
  while (path.ends_with('/')) path.pop_back();
  const auto address = path.empty() ? std::optional(container.root_header()) : hdf5::Group::find_path(container, path);
  if (!address) {
    std::vector<std::string> names;
    hdf5::walk_tree(container, [&](const hdf5::TreeEntry& entry) {
      names.push_back(entry.path);
      if (entry.path == path && !entry.target.empty())
        throw Error(ErrorCode::kNotFound, path + ": a link to " + entry.target + ", where nothing is");
    });
    throw Error(ErrorCode::kNotFound, options.file + ": nothing at " + path + near_names(path, names));
  }
  const hdf5::ObjectHeader header = hdf5::ObjectHeader::read(container, *address);
  if (hdf5::Dataset::is_dataset(header))
    return show_dataset(versioned::VersionDataset(session, *address, path), session, options);
  if (!hdf5::Group::is_group(header))
    throw Error(ErrorCode::kInvalidArgument, path + ": a named type, which holds no elements");
  if (!options.region.empty()) throw Error(ErrorCode::kInvalidArgument, "--region needs a dataset: its path");
  return show_group(session, path, *address, options.json);
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
                        "versions, all of it, a group or one dataset.\n\n"
                        "  chunkmark h5 show prices.h5                the current version\n"
                        "  chunkmark h5 show prices.h5 r3:group/x --region 0:10,5:7\n"
                        "  chunkmark h5 show prices.h5 @2024-01-31T12:00:00:group/x\n"
                        "  chunkmark h5 show plain.h5 group/x         of a file without versions");
  command->footer(kBytesInJson);
  command->add_option("file", options->file, "An HDF5 file, or its URL: s3://, http:// or https://")->required();
  command->add_flag("--anywhere", options->anywhere, kAnywhere);
  command->add_option("what", options->what,
                      "VERSION, VERSION:PATH or :PATH (default: the current version); without versions: the PATH of a "
                      "dataset or group");
  command->add_option("--region", options->region, "Elements to show: START:STOP for each axis, with commas");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_show(*options); }; });
}

}  // namespace chunkmark::cli
