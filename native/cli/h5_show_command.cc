// chunkmark h5 log and show: the history, and one version or dataset.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include "base/json.h"
#include "native/cli/h5_command.h"
#include "native/cli/h5_file.h"
#include "native/cli/text.h"
#include "versioned/dump.h"
#include "versioned/session.h"
#include "versioned/value_json.h"

namespace chunkmark::cli {

namespace {

struct Options {
  std::string file, what, region;
  bool json = false;
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
    std::printf("%s  %s  %s%s\n", padded(info.name, width).c_str(), padded(info.timestamp, 31).c_str(),
                info.has_parent() ? ("after " + info.previous).c_str() : "first", notes.c_str());
  }
  if (list.empty()) std::printf("no versions yet\n");
  return 0;
}

json::object dataset_facts(const versioned::VersionDataset& dataset, versioned::Session& session) {
  versioned::DumpOptions facts_only;
  std::uint64_t no_hashing = 0;
  json::object facts = dump_dataset(dataset, session, facts_only, no_hashing);
  facts.erase("sha256");
  facts.erase("not_hashed");
  facts["stored_chunks"] = dataset.mappings().size();
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
  std::printf("%s  %s  after %s\n", version.info().name.c_str(), version.info().timestamp.c_str(),
              version.info().previous.c_str());
  for (const auto& [path, facts] : datasets) {
    const json::object& object = facts.get_object();
    std::printf("  %s  %s  %s  chunks of %s, %s stored\n", std::string(path).c_str(),
                json::serialize(object.at("shape")).c_str(), json::serialize(object.at("dtype")).c_str(),
                json::serialize(object.at("chunks")).c_str(), json::serialize(object.at("stored_chunks")).c_str());
  }
  return 0;
}

// Without a region: whole rows from the start, about as many elements as fit a screen.
hdf5::Region first_elements(const std::vector<std::uint64_t>& shape) {
  hdf5::Region region = hdf5::Region::whole(shape);
  std::uint64_t left = kShownElements;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    region.count[axis] = std::min(region.count[axis], std::max<std::uint64_t>(left, 1));
    left /= std::max<std::uint64_t>(region.count[axis], 1);
  }
  return region;
}

int show_dataset(const versioned::VersionDataset& dataset, versioned::Session& session, const Options& options) {
  const hdf5::Region region =
      options.region.empty() ? first_elements(dataset.shape()) : parse_region(options.region, dataset.shape());
  const std::uint64_t size = hdf5::saturating_multiply(region.elements(), dataset.element_bytes());
  if (size > kMaxShownBytes) {
    throw Error(ErrorCode::kInvalidArgument, dataset.path() + ": a region of " + std::to_string(size) +
                                                 " bytes is too much to show; export writes it to a file");
  }
  std::vector<std::byte> bytes(size);
  dataset.read(region, hdf5::Dest::packed(bytes.data(), region.count, dataset.element_bytes()));
  json::object facts = dataset_facts(dataset, session);
  facts["region"] = json::object{{"start", json::value_from(region.start)}, {"count", json::value_from(region.count)}};
  facts["data"] = versioned::elements_json(dataset.type(), bytes, region.elements(), session.heap());
  if (options.json) {
    std::fputs(pretty_json(facts).c_str(), stdout);
    return 0;
  }
  for (const auto& [key, value] : facts) {
    if (key != "data" && key != "region") {
      std::printf("%s  %s\n", padded(std::string(key), 13).c_str(), json::serialize(value).c_str());
    }
  }
  const std::string shown = json::serialize(facts.at("data"));
  std::printf("\n%s%s\n", shown.c_str(), region.elements() < dataset.count() ? "  (--region shows others)" : "");
  return 0;
}

int run_show(const Options& options) {
  H5File file(options.file);
  const VersionAndPath what = parse_version_and_path(options.what);
  const versioned::Version version = open_version(file.versions(), what.version);
  versioned::Session& session = file.versions().session();
  if (what.path.empty()) return show_version(version, session, options);
  return show_dataset(version.dataset(what.path), session, options);
}

}  // namespace

void add_h5_log(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = h5.add_subcommand("log",
                                        "Lists the versions, newest first.\n\n"
                                        "  chunkmark h5 log prices.h5                 all of them\n"
                                        "  chunkmark h5 log prices.h5 r7              r7 and its ancestors");
  command->add_option("file", options->file, "A versioned HDF5 file")->required();
  command->add_option("version", options->what, "Only this version and its ancestors");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_log(*options); }; });
}

void add_h5_show(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = h5.add_subcommand("show",
                                        "Shows a version, or a dataset of it with its first elements.\n\n"
                                        "  chunkmark h5 show prices.h5                the current version\n"
                                        "  chunkmark h5 show prices.h5 r3:group/x --region 0:10,5:7\n"
                                        "  chunkmark h5 show prices.h5 @2024-01-31T12:00:00:group/x");
  command->add_option("file", options->file, "A versioned HDF5 file")->required();
  command->add_option("what", options->what, "VERSION, VERSION:PATH or :PATH (default: the current version)");
  command->add_option("--region", options->region, "Elements to show: START:STOP for each axis, with commas");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_show(*options); }; });
}

}  // namespace chunkmark::cli
