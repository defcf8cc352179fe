// chunkmark h5 commit: a new version of a versioned file, from arrays in other files.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "native/cli/array_source.h"
#include "native/cli/h5_command.h"
#include "native/cli/h5_file.h"
#include "native/cli/near_names.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "native/os/journaled_file.h"
#include "native/os/thread_executor.h"
#include "storage/hdf5/compression_text.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/timestamp.h"
#include "storage/versioned/writer.h"

namespace chunkmark::cli {

namespace {

struct Options {
  std::string file, version, parent, message, durability = "power_loss", chunks, compression = "none", edges = "none";
  std::string dtype, shape, time;
  std::vector<std::string> set, append, remove;
  double wait_seconds = 0;
  bool json = false, create = false, not_current = false, link = false;
};

struct Assignment {
  std::string path, source;
};

[[noreturn]] void invalid(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

std::string without_slash(std::string path) {
  while (path.starts_with('/')) path.erase(0, 1);
  return path;
}

// "/path=@file"
Assignment parse_assignment(const std::string& text, const char* option) {
  const std::size_t equals = text.find("=@");
  if (equals == std::string::npos || equals == 0 || equals + 2 == text.size())
    invalid(std::string(option) + ": expected /PATH=@FILE, found \"" + text + "\"");
  return {without_slash(text.substr(0, equals)), text.substr(equals + 2)};
}

versioned::StagedDataset& create(versioned::Stage& stage, const std::string& path, const ArraySource& source,
                                 const Options& options) {
  versioned::DatasetOptions made;
  made.type = source.type_message();
  made.shape = source.shape();
  const std::uint32_t element_bytes = hdf5::parse_datatype(made.type, path).size;
  made.chunk = !options.chunks.empty()   ? parse_extents(options.chunks, "--chunks")
               : !source.chunk().empty() ? source.chunk()
                                         : versioned::default_chunk(made.shape, element_bytes);
  if (!source.has_strings())
    made.filters =
        hdf5::parse_compression(options.compression, element_bytes, array::element_count(made.chunk) * element_bytes);
  if (!source.has_strings() && made.filters.empty())
    made.edges = options.edges == "trim"      ? versioned::EdgeCompression::kTrim
                 : options.edges == "deflate" ? versioned::EdgeCompression::kDeflate
                                              : versioned::EdgeCompression::kNone;
  return stage.create_dataset(path, made);
}

void check_type(const versioned::StagedDataset& dataset, const ArraySource& source, const std::string& name) {
  const hdf5::Datatype found = hdf5::parse_datatype(source.type_message(), name);
  const json::value expected_name = numpy_descr(dataset.type()), found_name = numpy_descr(found);
  if (expected_name == found_name && dataset.type().is_variable_string() == found.is_variable_string()) return;
  invalid(dataset.path() + ": expected elements of type " + type_text(expected_name) + ", " + name + " has " +
          type_text(found_name));
}

void write(versioned::StagedDataset& dataset, const array::Region& region, const ArraySource& source) {
  if (source.has_strings()) return dataset.write_strings(region, source.strings());
  dataset.write(region, source.source());
}

void set(versioned::Stage& stage, const Assignment& what, const Options& options) {
  const ArraySource source(what.source, {options.dtype, parse_extents(options.shape, "--shape")});
  const bool there = stage.has_dataset(what.path);
  versioned::StagedDataset& dataset = there ? stage.dataset(what.path) : create(stage, what.path, source, options);
  if (there) {
    check_type(dataset, source, what.source);
    dataset.resize(source.shape());
  }
  write(dataset, array::whole(dataset.shape()), source);
}

void append(versioned::Stage& stage, const Assignment& what, const Options& options) {
  if (!stage.has_dataset(what.path)) {
    throw Error(ErrorCode::kNotFound, "version " + stage.parent() + ": no dataset " + what.path +
                                          " to append to (--set makes one)" + near_names(what.path, stage.datasets()));
  }
  const ArraySource source(what.source, {options.dtype, parse_extents(options.shape, "--shape")});
  versioned::StagedDataset& dataset = stage.dataset(what.path);
  check_type(dataset, source, what.source);
  array::Shape shape = dataset.shape(), rows = source.shape();
  const bool fits = rows.size() == shape.size() && std::equal(rows.begin() + 1, rows.end(), shape.begin() + 1);
  if (!fits)
    invalid(what.path + ": expected rows for shape " + shape_text(shape) + ", " + what.source + " has shape " +
            shape_text(rows));
  array::Region region{array::Shape(shape.size(), 0), rows};
  region.start[0] = shape[0];
  shape[0] += rows[0];
  dataset.resize(shape);
  write(dataset, region, source);
}

// A line that stays, where somebody looks.
class Progress {
 public:
  explicit Progress(bool wanted) : wanted_(wanted && is_terminal(STDERR_FILENO)) {}
  ~Progress() {
    if (shown_) std::fprintf(stderr, "\n");
  }
  void show(std::uint64_t done, std::uint64_t chunks) {
    constexpr std::chrono::milliseconds kEvery{200};
    const auto now = std::chrono::steady_clock::now();
    if (!wanted_ || now - last_ < kEvery) return;
    last_ = now;
    shown_ = true;
    std::fprintf(stderr, "\rwriting chunk %llu of %llu", static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(chunks));
  }

 private:
  bool wanted_, shown_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::int64_t now_microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int run_commit(const Options& options) {
  const auto durability = bytes::parse_durability(options.durability);
  if (!durability) invalid("--durability: expected none, process_crash or power_loss, found " + options.durability);
  if (options.edges != "none" && options.edges != "trim" && options.edges != "deflate")
    invalid("--edge-compression: expected none, trim or deflate, found " + options.edges);
  if (options.edges != "none" && options.compression != "none")
    invalid("--edge-compression is for datasets without --compression");
  std::int64_t time = now_microseconds();
  if (!options.time.empty()) {
    const auto parsed = versioned::parse_timestamp(options.time);
    if (!parsed) invalid("--time: expected a time such as 2024-01-31T12:00:00, found " + options.time);
    time = *parsed;
  }
  std::vector<Assignment> sets, appends;
  for (const std::string& text : options.set) sets.push_back(parse_assignment(text, "--set"));
  for (const std::string& text : options.append) appends.push_back(parse_assignment(text, "--append"));

  if (!std::filesystem::exists(options.file)) {
    if (!options.create) throw Error(ErrorCode::kNotFound, options.file + ": there is no such file; --new makes it");
    os::write_file_if_absent(options.file, as_text(versioned::new_versioned_file(time)));
  }
  const auto wait = os::Milliseconds(static_cast<std::int64_t>(options.wait_seconds * 1000));
  os::JournaledFile file(options.file, wait);
  if (file.recovery() == bytes::Journal::Recovery::kReplayed)
    std::fprintf(stderr, "chunkmark: %s: finished a commit whose writer was stopped\n", options.file.c_str());
  hdf5_library::LibraryEngine library(file.journal());
  versioned::PatchEngine engine(file.journal(), &library);
  os::ThreadExecutor executor(os::machine_lanes());
  versioned::Writer writer(file.journal(), engine, &executor);
  versioned::Stage stage =
      options.parent.empty() ? writer.stage(options.version) : writer.stage(options.version, options.parent);
  for (const std::string& path : options.remove) stage.remove(without_slash(path));
  for (const Assignment& what : sets) set(stage, what, options);
  for (const Assignment& what : appends) append(stage, what, options);
  if (!options.message.empty()) stage.attributes("")["message"] = versioned::AttributeValue::text(options.message);
  const std::string parent = stage.parent();

  Progress progress(!options.json);
  versioned::CommitOptions commit;
  commit.time = time;
  commit.durability = *durability;
  commit.make_current = !options.not_current;
  if (options.link) commit.unchanged = versioned::Unchanged::kLinked;
  commit.progress = [&](std::uint64_t done, std::uint64_t chunks) { progress.show(done, chunks); };
  const versioned::CommitSummary summary = writer.commit(stage, commit);
  if (options.json) {
    const json::object document{{"version", options.version},
                                {"prev_version", parent},
                                {"durability", options.durability},
                                {"chunks_written", summary.chunks_written},
                                {"chunks_found", summary.chunks_found},
                                {"datasets_written", summary.datasets_written},
                                {"datasets_unchanged", summary.datasets_unchanged}};
    std::fputs(pretty_json(document).c_str(), stdout);
    return 0;
  }
  std::printf("%s: version %s: %s written, %s unchanged; %s new, %s there already\n", options.file.c_str(),
              options.version.c_str(), counted(summary.datasets_written, "dataset").c_str(),
              counted(summary.datasets_unchanged, "dataset").c_str(), counted(summary.chunks_written, "chunk").c_str(),
              counted(summary.chunks_found, "chunk").c_str());
  return 0;
}

}  // namespace

void add_h5_commit(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      h5.add_subcommand("commit",
                        "Adds a version to a versioned HDF5 file; the Python library reads it and goes on.\n\n"
                        "  chunkmark h5 commit prices.h5 r1 --new --set /group/x=@x.npy   a new file\n"
                        "  chunkmark h5 commit prices.h5 r2 --append /group/x=@more.npy   rows behind those of r1\n"
                        "  chunkmark h5 commit prices.h5 r3 --delete /group/x --set /y=@other.h5:/data\n"
                        "  chunkmark h5 commit prices.h5 r2b --parent r1 --set /group/x=@x.csv   a branch\n\n"
                        "The version starts as its parent is; datasets that are not named stay as they are and take no "
                        "space. Deletions come first, then --set, then --append. All of it is in the file, or nothing, "
                        "whatever stops the program.");
  command->add_option("file", options->file, "A versioned HDF5 file")->required();
  command->add_option("version", options->version, "The new version's name")->required();
  command->add_option("--set", options->set, "/PATH=@SOURCE: the dataset is this array, made if it is not there");
  command->add_option("--append", options->append, "/PATH=@SOURCE: these rows come behind those that are there");
  command->add_option("--delete", options->remove, "/PATH: a dataset, or a group with all in it");
  command->add_option("--parent", options->parent, "The version it starts from (default: the current one)");
  command->add_option("--message", options->message, "Kept as the version's attribute `message`, which `h5 log` shows");
  command->add_option("--time", options->time, "The version's time, UTC (default: now)");
  command->add_option("--durability", options->durability,
                      "What the commit survives once the program ends well: none, process_crash, power_loss (default)");
  command->add_option("--chunks", options->chunks,
                      "Of new datasets: an extent per axis (default: the source's, 4096, or boxes of about 64 KiB)");
  command->add_option("--compression", options->compression,
                      "Of new datasets: none, gzip[:LEVEL], lzf, zstd[:LEVEL], blosc[:LEVEL]");
  command->add_option(
      "--edge-compression", options->edges,
      "Of new datasets without --compression: none, trim, deflate: no space for padding of edge chunks");
  command->add_option("--dtype", options->dtype, "Of raw binary sources: NumPy's name, such as \"<f8\"");
  command->add_option("--shape", options->shape, "Of raw binary sources: an extent per axis");
  command->add_option("--wait", options->wait_seconds, "Seconds to wait for another writer (default 0)")
      ->check(CLI::Range(0.0, 86400.0));
  command->add_flag("--new", options->create, "Make the file if it is not there");
  command->add_flag("--not-current", options->not_current, "Leave the current version what it is");
  command->add_flag("--link-unchanged", options->link,
                    "Smaller: datasets as in the parent are links. Not for files that modify_metadata() is run on");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->footer(
      "A SOURCE is FILE.npy, FILE.csv (numbers; one column is one axis), FILE.h5:/PATH, FILE.h5:VERSION:/PATH "
      "of a versioned file, or any other name for raw binary (--dtype, --shape).");
  command->callback([options, &run] { run = [options] { return run_commit(*options); }; });
}

}  // namespace chunkmark::cli
