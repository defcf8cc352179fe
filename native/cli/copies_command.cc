#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "native/cli/commands.h"
#include "native/cli/copy_study.h"
#include "native/cli/environment.h"
#include "native/cli/files.h"
#include "native/cli/peers.h"
#include "native/cli/text.h"
#include "native/trace/utc_time.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::vector<std::string> engines;
  std::vector<std::string> operations{"write", "read"};
  std::vector<std::string> formats{"zarr2", "zarr3"};
  std::vector<std::string> codecs{"none", "blosc"};
  std::vector<std::uint64_t> shape{5000, 5000};
  std::string data = "random";
  std::string store;
  std::string out = "runs";
  unsigned repeat = 5;
  unsigned threads = 2;
  bool slope = false;
  bool json = false;
};

// A folder of its own for the arrays, removed afterwards.
class StoreFolder {
 public:
  explicit StoreFolder(const std::string& parent) {
    const std::filesystem::path base =
        parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent);
    std::filesystem::create_directories(base);
    std::string name = (base / "chunkmark-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw Error(ErrorCode::kIo, base.string() + ": cannot make a folder in it");
    path_ = name;
  }
  ~StoreFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Ours first, then the peers that are installed; the others are named with the command that installs them.
std::vector<std::string> engines_of(const Options& options) {
  if (!options.engines.empty()) {
    for (const std::string& engine : options.engines) {
      if (engine != "chunkmark" && !peer_python(engine)) {
        throw Error(ErrorCode::kNotFound, engine + ": not installed; " + kInstallPeers + " installs it");
      }
    }
    return options.engines;
  }
  std::vector<std::string> engines{"chunkmark"};
  std::string missing;
  for (const std::string& peer : peer_names()) {
    if (peer_python(peer)) {
      engines.push_back(peer);
    } else {
      missing += (missing.empty() ? "" : ", ") + peer;
    }
  }
  if (!missing.empty()) {
    std::fprintf(stderr, "chunkmark: not installed, so not measured: %s (%s installs them)\n", missing.c_str(),
                 kInstallPeers);
  }
  return engines;
}

// Cell by cell, all engines of a cell together, so that they meet the machine in the same state. A read is always
// preceded by its write.
std::vector<study::CopyCase> cases_of(const Options& options) {
  std::vector<study::CopyCase> cases;
  const std::vector<std::string> engines = engines_of(options);
  for (const std::string& format : options.formats) {
    for (const std::string& codec : options.codecs) {
      for (const char* operation : {"write", "read"}) {
        for (const std::string& engine : engines) {
          study::CopyCase copy_case;
          copy_case.operation = operation;
          copy_case.engine = engine;
          copy_case.format = format;
          copy_case.codec = codec;
          copy_case.shape = copy_case.chunk_shape = options.shape;
          copy_case.data = options.data;
          cases.push_back(copy_case);
        }
      }
    }
  }
  return cases;
}

std::string median_text(std::vector<double> seconds) {
  if (seconds.empty()) return "-";
  std::sort(seconds.begin(), seconds.end());
  return decimal(seconds[seconds.size() / 2] * 1000, 1) + " ms";
}

void print_table(const std::vector<study::CopyResult>& results) {
  constexpr std::size_t kName = 38, kColumn = 10;
  std::string heading = padded("", kName) + padded("extra copies", 14);
  for (const char* name : {"extra heap", "moved", "in", "out", "files", "scratch", "median"}) {
    heading += padded_left(name, kColumn + 1);
  }
  std::printf("%s\n", heading.c_str());
  std::string last_cell;
  for (const study::CopyResult& result : results) {
    const study::CopyFigures& figures = result.figures;
    const study::CopyCase& copy_case = result.copy_case;
    const std::string cell = copy_case.operation + ", " + copy_case.format + ", " + copy_case.codec;
    if (cell != last_cell) std::printf("%s%s\n", last_cell.empty() ? "" : "\n", cell.c_str());
    last_cell = cell;
    std::string row = padded("  " + copy_case.engine + " " + result.engine_version, kName);
    row += padded(copy_glyph(figures.extra_copies) + " " + std::to_string(figures.extra_copies), 14);
    for (const std::string& text :
         {decimal(figures.extra_heap, 4), decimal(figures.moved_user, 3), decimal(figures.moved_in, 2),
          decimal(figures.moved_out, 2), bytes_text(static_cast<double>(figures.file_growth_bytes)),
          bytes_text(static_cast<double>(figures.scratch_bytes)), median_text(result.seconds)}) {
      row += padded_left(text, kColumn + 1);
    }
    if (result.slope) row += "   slope " + decimal(*result.slope, 4) + (result.zero().value_or(false) ? " zero" : "");
    std::printf("%s\n", row.c_str());
  }
  std::printf(
      "\nExtra copies: array-sized buffers alive at the heap peak besides the array. Extra heap, moved (memcpy), in "
      "and "
      "out\n(kernel transfers): in sizes of the array. Files: what the operation made resident of files. Times are of "
      "runs\nwithout tracing.\n");
}

std::vector<std::string> known_engines() {
  std::vector<std::string> names{"chunkmark"};
  names.insert(names.end(), peer_names().begin(), peer_names().end());
  return names;
}

std::string run_id() {
  return "copies-" + trace::utc_now("%Y%m%dT%H%M%SZ") + "-" + std::to_string(getpid());  // two may start in one second
}

bool is_wanted(const Options& options, const study::CopyResult& result) {
  return std::find(options.operations.begin(), options.operations.end(), result.copy_case.operation) !=
         options.operations.end();
}

int run_copies(const Options& options) {
  const StoreFolder store(options.store);
  const std::string id = run_id();
  const std::filesystem::path run_folder = std::filesystem::path(options.out) / id;
  CopyStudy study({run_folder, store.path(), options.repeat, options.threads, options.slope});

  std::vector<study::CopyResult> results;
  const std::vector<study::CopyCase> cases = cases_of(options);
  const bool progress = is_terminal(STDERR_FILENO);
  std::size_t done = 0;
  for (const study::CopyCase& copy_case : cases) {
    ++done;
    if (progress) std::fprintf(stderr, "\r\033[K%zu/%zu %s ", done, cases.size(), copy_case.name().c_str());
    std::optional<study::CopyResult> result = study.run(copy_case);
    if (result && is_wanted(options, *result)) results.push_back(std::move(*result));
  }
  if (progress) std::fprintf(stderr, "\r\033[K");

  json::array rows;
  for (const study::CopyResult& result : results) rows.push_back(to_json(result));
  const json::object record{{"schema", "chunkmark.run/1"},
                            {"id", id},
                            {"kind", "copies"},
                            {"created", trace::utc_now()},
                            {"host", "native"},
                            {"version", CHUNKMARK_VERSION},
                            {"environment", environment_json()},
                            {"settings",
                             {{"shape", json::array(options.shape.begin(), options.shape.end())},
                              {"dtype", "float32"},
                              {"data", options.data},
                              {"threads", options.threads},
                              {"durability", "none"}}},
                            {"results", std::move(rows)}};
  write_file(run_folder / "run.json", pretty_json(record));
  if (options.json) {
    std::fputs(pretty_json(record).c_str(), stdout);
  } else {
    print_table(results);
  }
  std::fprintf(stderr, "chunkmark: wrote %s\n", (run_folder / "run.json").c_str());
  return 0;
}

}  // namespace

void add_copies_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "copies",
      "Runs the copy study: stores an array in one chunk, reads it back in another process, counts the buffers.\n\n"
      "  chunkmark copies\n"
      "  chunkmark copies --shape 2500,2500 --data smooth --json");
  command->add_option("--operation", options->operations, "write, read (a read is always preceded by its write)")
      ->delimiter(',')
      ->check(CLI::IsMember({"write", "read"}));
  command
      ->add_option("--engine", options->engines,
                   "chunkmark, zarr-python-2, zarr-python-3, obstore, tensorstore, zarrs, icechunk (default: those "
                   "that are installed)")
      ->delimiter(',')
      ->check(CLI::IsMember(known_engines()));
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
  command->add_option("--shape", options->shape, "Extents of the float32 array")
      ->delimiter(',')
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->capture_default_str();
  command->add_option("--data", options->data, "random (does not compress) or smooth")
      ->check(CLI::IsMember({"random", "smooth"}))
      ->capture_default_str();
  command->add_option("--store", options->store, "Folder for the arrays (default: the system's temporary folder)");
  command->add_option("--out", options->out, "Runs folder")->capture_default_str();
  command->add_option("--repeat", options->repeat, "Timed repetitions; 0 for none")->capture_default_str();
  command->add_flag("--json", options->json, "Print the run record and nothing else");
  command->callback([options, &run] { run = [options] { return run_copies(*options); }; });
}

}  // namespace chunkmark::cli
