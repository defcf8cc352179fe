#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>

#include "native/cli/commands.h"
#include "native/cli/copy_study.h"
#include "native/cli/environment.h"
#include "native/cli/files.h"
#include "native/cli/text.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::vector<std::string> operations{"write", "read"};
  std::vector<std::uint64_t> shape{5000, 5000};
  std::string data = "random";
  std::string store;
  std::string out = "runs";
  unsigned repeat = 5;
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

std::vector<study::CopyCase> cases_of(const Options& options) {
  std::vector<study::CopyCase> cases;
  for (const std::string& operation : {std::string("write"), std::string("read")}) {
    study::CopyCase copy_case;
    copy_case.operation = operation;
    copy_case.shape = copy_case.chunk_shape = options.shape;
    copy_case.data = options.data;
    cases.push_back(copy_case);
  }
  return cases;
}

std::string median_text(std::vector<double> seconds) {
  if (seconds.empty()) return "-";
  std::sort(seconds.begin(), seconds.end());
  return decimal(seconds[seconds.size() / 2] * 1000, 1) + " ms";
}

void print_table(const std::vector<study::CopyResult>& results) {
  constexpr std::size_t kName = 30, kColumn = 11;
  std::string heading = padded("", kName) + padded("extra copies", kColumn + 4);
  for (const char* name : {"extra heap", "moved", "in", "out", "files", "scratch", "median"}) {
    heading += padded_left(name, kColumn);
  }
  std::printf("%s\n", heading.c_str());
  for (const study::CopyResult& result : results) {
    const study::CopyFigures& figures = result.figures;
    const study::CopyCase& copy_case = result.copy_case;
    std::string row =
        padded(copy_case.operation + " " + copy_case.format + " " + copy_case.codec + " " + copy_case.engine, kName);
    row += padded(copy_glyph(figures.extra_copies) + " " + std::to_string(figures.extra_copies), kColumn + 4);
    for (const std::string& cell :
         {decimal(figures.extra_heap, 4), decimal(figures.moved_user, 4), decimal(figures.moved_in, 4),
          decimal(figures.moved_out, 4), bytes_text(static_cast<double>(figures.file_growth_bytes)),
          bytes_text(static_cast<double>(figures.scratch_bytes)), median_text(result.seconds)}) {
      row += padded_left(cell, kColumn);
    }
    std::printf("%s\n", row.c_str());
  }
  std::printf(
      "\nExtra copies: array-sized buffers alive at the heap peak besides the array. Extra heap, moved (memcpy), in "
      "and "
      "out\n(kernel transfers): in sizes of the array. Files: what the operation made resident of files. Times are of "
      "runs\nwithout tracing.\n");
}

std::string run_id() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return std::string("copies-") + text;
}

int run_copies(const Options& options) {
  const StoreFolder store(options.store);
  const std::string id = run_id();
  const std::filesystem::path run_folder = std::filesystem::path(options.out) / id;
  CopyStudy study(run_folder, store.path(), options.repeat);

  std::vector<study::CopyResult> results;
  const std::vector<study::CopyCase> cases = cases_of(options);
  const bool progress = is_terminal(STDERR_FILENO);
  for (const study::CopyCase& copy_case : cases) {
    if (progress)
      std::fprintf(stderr, "\r\033[K%zu/%zu %s ", results.size() + 1, cases.size(), copy_case.name().c_str());
    results.push_back(study.run(copy_case));
  }
  if (progress) std::fprintf(stderr, "\r\033[K");
  results.erase(std::remove_if(results.begin(), results.end(),
                               [&](const study::CopyResult& result) {
                                 return std::find(options.operations.begin(), options.operations.end(),
                                                  result.copy_case.operation) == options.operations.end();
                               }),
                results.end());

  json::array rows;
  for (const study::CopyResult& result : results) rows.push_back(to_json(result));
  const json::object record{{"schema", "chunkmark.run/1"},
                            {"id", id},
                            {"kind", "copies"},
                            {"created", utc_now()},
                            {"host", "native"},
                            {"version", CHUNKMARK_VERSION},
                            {"environment", environment_json()},
                            {"settings",
                             {{"shape", json::array(options.shape.begin(), options.shape.end())},
                              {"dtype", "float32"},
                              {"data", options.data},
                              {"threads", 1},
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
  command->add_option("--shape", options->shape, "Extents of the float32 array")->delimiter(',')->capture_default_str();
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
