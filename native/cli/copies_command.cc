#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "native/cli/commands.h"
#include "native/cli/copy_cells.h"
#include "native/cli/copy_table.h"
#include "native/cli/environment.h"
#include "native/cli/folder_guard.h"
#include "native/cli/peers.h"
#include "native/cli/run_record.h"
#include "native/cli/store_filesystem.h"
#include "native/cli/text.h"
#include "native/os/files.h"
#include "native/os/utc_time.h"
#include "study/array_data.h"

namespace chunkmark::cli {
namespace {

constexpr std::uint64_t kMaxExtent = std::uint64_t{1} << 40;

struct Options {
  std::vector<std::string> engines;
  std::vector<std::string> operations{"write", "read"};
  std::vector<std::string> formats{"zarr2", "zarr3"};
  std::vector<std::string> codecs{"none", "blosc"};
  std::vector<std::uint64_t> shape{5000, 5000};
  std::vector<std::uint64_t> chunks;  // empty: one chunk
  std::string dtype = "float32";
  std::string data = "random";
  std::string store;
  std::string out = "runs";
  std::string durability = "none";
  unsigned repeat = 5;
  unsigned threads = 2;
  bool slope = false;
  bool markdown = false;
  bool json = false;
};

// The folder of a --store: a path or a file:// URL. Errors: kInvalidArgument for other schemes.
std::filesystem::path local_folder(const std::string& store) {
  constexpr std::string_view kFile = "file://";
  if (store.empty()) return std::filesystem::temp_directory_path();
  if (store.starts_with(kFile)) return store.substr(kFile.size());
  if (store.starts_with("memory:") || store.find("://") != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument, "--store: expected a folder or a file:// URL, found " + store);
  }
  return store;
}

// The peers that are installed, and ours last, as the tables show them; the others are named with the command that
// installs them.
std::vector<std::string> engines_of(const Options& options) {
  const bool is_durable = options.durability != "none";  // the peers are asked for none
  std::vector<std::string> engines = options.engines;
  if (engines.empty() && is_durable) engines = {"chunkmark"};
  if (engines.empty()) {
    std::string missing;
    for (const std::string& peer : peer_names()) {
      if (peer_python(peer)) {
        engines.push_back(peer);
      } else {
        missing += (missing.empty() ? "" : ", ") + peer;
      }
    }
    if (!missing.empty()) {
      const std::string line = "chunkmark: not installed, so not measured: " + missing;
      std::fprintf(stderr, "%s\n  (%s installs them)\n", wrapped(line, 2).c_str(), install_command().c_str());
    }
    engines.emplace_back("chunkmark");
  }
  for (const std::string& engine : engines) {
    if (engine == "chunkmark") continue;
    if (is_durable) {
      throw Error(ErrorCode::kInvalidArgument,
                  engine + ": is measured with durability none only, found " + options.durability);
    }
    if (!peer_python(engine)) {
      throw Error(ErrorCode::kNotFound, engine + ": not installed; " + install_command() + " installs it");
    }
  }
  return engines;
}

// Each once, in the order they were asked for.
std::vector<std::string> once(const std::vector<std::string>& names) {
  std::vector<std::string> each;
  for (const std::string& name : names) {
    if (std::find(each.begin(), each.end(), name) == each.end()) each.push_back(name);
  }
  return each;
}

// The array must fit into this machine's memory, and some engine must have some format.
void check(const CopyGrid& grid) {
  const auto memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  double bytes = grid.array.dtype.item_bytes;
  for (const std::uint64_t extent : grid.array.shape) bytes *= static_cast<double>(extent);
  if (bytes > memory) {
    throw Error(ErrorCode::kInvalidArgument, "--shape: expected an array that fits into the " + bytes_text(memory) +
                                                 " of this machine, found " + bytes_text(bytes));
  }
  for (const std::string& engine : grid.engines) {
    const auto has = [&](const std::string& format) { return has_format(engine, format); };
    if (std::any_of(grid.formats.begin(), grid.formats.end(), has)) return;
  }
  throw Error(ErrorCode::kInvalidArgument, grid.engines.front() + ": does not store " + grid.formats.front());
}

CopyGrid grid_of(const Options& options) {
  CopyGrid grid{once(options.formats), once(options.codecs), once(options.operations), once(engines_of(options)), {}};
  grid.array.dtype = array::parse_dtype_name(options.dtype).value();
  grid.array.shape = options.shape;
  grid.array.chunk_shape = options.chunks.empty() ? options.shape : options.chunks;
  grid.array.data = options.data;
  check(grid);
  return grid;
}

std::vector<std::string> known_engines() {
  std::vector<std::string> names{"chunkmark"};
  names.insert(names.end(), peer_names().begin(), peer_names().end());
  return names;
}

std::string run_id() {
  return "copies-" + os::utc_now("%Y%m%dT%H%M%SZ") + "-" + std::to_string(getpid());  // two may start in one second
}

json::object run_record(const Options& options, const std::string& id, const std::string& filesystem,
                        const CopyTable& table, const std::vector<CopyCells::Failure>& failures) {
  json::array results, published, failed;
  for (const CopyCells::Failure& failure : failures)
    failed.push_back({{"case", failure.name}, {"message", failure.message}});
  for (const study::CopyResult& result : table.results) results.push_back(to_json(result));
  for (const study::PublishedCopy& row : table.published) published.push_back(to_json(row));
  const std::vector<std::uint64_t>& chunks = options.chunks.empty() ? options.shape : options.chunks;
  return {{"schema", kRunSchema},
          {"id", id},
          {"kind", "copies"},
          {"created", os::utc_now()},
          {"host", "native"},
          {"version", CHUNKMARK_VERSION},
          {"environment", environment_json()},
          {"settings",
           {{"shape", json::array(options.shape.begin(), options.shape.end())},
            {"chunks", json::array(chunks.begin(), chunks.end())},
            {"dtype", options.dtype},
            {"data", options.data},
            {"threads", options.threads},
            {"durability", options.durability},
            {"repeat", options.repeat},
            {"slope", options.slope},
            {"store_filesystem", filesystem}}},
          {"results", std::move(results)},
          {"failures", std::move(failed)},
          {"published", std::move(published)}};
}

int run_copies(const Options& options) {
  if (!options.chunks.empty() && options.chunks.size() != options.shape.size()) {
    throw Error(ErrorCode::kInvalidArgument, "--chunks: expected " + std::to_string(options.shape.size()) +
                                                 " extents as --shape has, found " +
                                                 std::to_string(options.chunks.size()));
  }
  const CopyGrid grid = grid_of(options);
  const FolderGuard store(new_folder_name(local_folder(options.store)));
  store.make();
  const std::string id = run_id();
  const std::filesystem::path run_folder = std::filesystem::path(options.out) / id;
  FolderGuard run(run_folder);
  const std::string filesystem = filesystem_name(store.path());
  const CopyStudy study(
      {run_folder, store.path(), filesystem, options.repeat, options.threads, options.durability, options.slope});
  CopyCells cells(grid, study);
  cells.run();
  const CopyTable table(std::move(cells.results));

  const json::object record = run_record(options, id, filesystem, table, cells.failures);
  os::write_file(run_folder / "run.json", pretty_json(record));
  run.keep();
  if (options.json) {
    std::fputs(pretty_json(record).c_str(), stdout);
  } else if (options.markdown) {
    print_markdown(table);
  } else {
    print_table(table);
  }
  std::fflush(stdout);  // where both go into one file, the notes come after the table
  for (const CopyCells::Failure& failure : cells.failures) {
    std::fprintf(stderr, "chunkmark: not measured: %s\n", failure.message.c_str());
  }
  std::fprintf(stderr, "chunkmark: wrote %s\n", (run_folder / "run.json").c_str());
  return cells.failures.empty() ? 0 : 1;
}

// CLI11's validators return what is wrong.
std::string check_extent(const std::string& text) {
  std::uint64_t extent = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), extent);
  if (status == std::errc() && end == text.data() + text.size() && extent >= 1 && extent <= kMaxExtent) return "";
  return "expected extents from 1 to " + std::to_string(kMaxExtent) + " with commas, such as 1000,1000, found " + text;
}

std::string check_dtype(const std::string& name) {
  const std::optional<array::DType> dtype = array::parse_dtype_name(name);
  return dtype && study::can_fill(*dtype) ? "" : "expected an integer type, float32 or float64, found " + name;
}

}  // namespace

void add_copies_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("copies",
                         "Runs the copy study: stores an array in one chunk, reads it back in another\n"
                         "process, counts the buffers.\n\n"
                         "  chunkmark copies                                100 MB, all installed engines\n"
                         "  chunkmark copies --engine chunkmark --slope     is ours zero by the contract?\n"
                         "  chunkmark copies --codec zstd --store /dev/shm  in memory instead of on disk\n"
                         "  chunkmark copies --markdown > copies.md         the tables for a README");
  command->add_option("--operation", options->operations, "write, read (a read is always preceded by its write)")
      ->delimiter(',')
      ->check(CLI::IsMember({"write", "read"}));
  command
      ->add_option("--engine", options->engines,
                   "chunkmark, zarr-python-2, zarr-python-3, obstore, tensorstore, zarrs, icechunk (default: those "
                   "that are installed)")
      ->delimiter(',')
      ->check(CLI::IsMember(known_engines()).description(""));  // they stand in the words
  command->add_option("--format", options->formats, "zarr2, zarr3")
      ->delimiter(',')
      ->check(CLI::IsMember({"zarr2", "zarr3"}))
      ->capture_default_str();
  command->add_option("--codec", options->codecs, "none, blosc, zstd, gzip")
      ->delimiter(',')
      ->check(CLI::IsMember({"none", "blosc", "zstd", "gzip"}))
      ->capture_default_str();
  command->add_flag("--slope", options->slope,
                    "Trace an array of four times the size too, and say whether a cell is zero by the contract");
  command->add_option("--threads", options->threads, "Threads that compress")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  const CLI::Validator is_extent(check_extent, "");
  command->add_option("--shape", options->shape, "Extents of the array")
      ->delimiter(',')
      ->check(is_extent)
      ->capture_default_str();
  command->add_option("--chunks", options->chunks, "Extents of a chunk (default: the shape, which is one chunk)")
      ->delimiter(',')
      ->check(is_extent);
  command->add_option("--dtype", options->dtype, "Element type: an integer type, float32 or float64")
      ->check(CLI::Validator(check_dtype, "TYPE"))
      ->capture_default_str();
  command->add_option("--data", options->data, "random (does not compress) or smooth")
      ->check(CLI::IsMember({"random", "smooth"}))
      ->capture_default_str();
  command->add_option("--store", options->store,
                      "Folder or file:// URL for the arrays (default: the system's temporary folder)");
  command->add_option("--out", options->out, "Runs folder")->capture_default_str();
  command->add_option("--repeat", options->repeat, "Timed rounds after one that warms up; 0 for no times")
      ->capture_default_str();
  command
      ->add_option("--durability", options->durability,
                   "none, process_crash, power_loss: what our writes survive; other than none, ours alone are measured")
      ->check(CLI::IsMember({"none", "process_crash", "power_loss"}))
      ->capture_default_str();
  CLI::Option* markdown =
      command->add_flag("--markdown", options->markdown, "Print the two tables, writes and reads, in Markdown");
  command->add_flag("--json", options->json, "Print the run record and nothing else")->excludes(markdown);
  command->callback([options, &run] { run = [options] { return run_copies(*options); }; });
}

}  // namespace chunkmark::cli
