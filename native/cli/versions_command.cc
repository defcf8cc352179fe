// chunkmark versions: the transaction study: one history of versions, replayed by each engine.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "native/cli/array_bytes.h"
#include "native/cli/commands.h"
#include "native/cli/folder_guard.h"
#include "native/cli/new_run.h"
#include "native/cli/progress_line.h"
#include "native/cli/report_file.h"
#include "native/cli/text.h"
#include "native/cli/version_table.h"
#include "native/os/utc_time.h"
#include "native/study/mark.h"
#include "native/study/native_version_host.h"
#include "native/study/peer_environment.h"
#include "native/study/version_replay.h"
#include "study/version_engines.h"
#include "study/version_study.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> engines;
  std::vector<std::string> workloads = study::version_workloads();
  std::vector<std::string> compressions{"none"}, durabilities{"none"};
  std::vector<std::uint64_t> transactions{50}, chunk_sizes{4096};
  std::string mode = "published", edges = "trim", store, out = "runs";
  std::uint64_t seed = 1, reads = 20, traced = 20;
  bool no_fingerprints = false, json = false;
  int progress_fd = -1;
};

std::string known_engines() {
  std::string names;
  for (const study::VersionEngine& engine : study::version_engines())
    names += (names.empty() ? "" : ", ") + engine.name;
  return names;
}

std::string unknown_engine(const std::string& name) {
  const auto& engines = study::version_engines();
  const bool known = std::any_of(engines.begin(), engines.end(), [&](const auto& each) { return each.name == name; });
  return known ? "" : "expected some of " + known_engines() + ", found " + name;
}

// Those that are installed; the others are named with the command that installs them.
std::vector<std::string> engines_of(const Options& options) {
  if (!options.engines.empty()) return options.engines;
  std::vector<std::string> engines;
  std::string missing;
  for (const study::VersionEngine& engine : study::version_engines()) {
    if (engine.environment.empty() || native_study::peer_python(engine.environment)) {
      engines.push_back(engine.name);
    } else {
      missing += (missing.empty() ? "" : ", ") + engine.name;
    }
  }
  if (!missing.empty()) {
    const std::string line = "chunkmark: not installed, so not measured: " + missing;
    std::fprintf(stderr, "%s\n  (%s installs them)\n", wrapped(line, 2).c_str(),
                 native_study::install_command().c_str());
  }
  return engines;
}

study::VersionGrid grid_of(const Options& options) {
  study::VersionGrid grid;
  grid.workloads = options.workloads;
  grid.compressions = options.compressions;
  grid.durabilities = options.durabilities;
  grid.transactions = options.transactions;
  grid.chunk_sizes = options.chunk_sizes;
  grid.engines = engines_of(options);
  grid.common.mode = options.mode == "published" ? study::HistoryMode::kPublished : study::HistoryMode::kDescribed;
  grid.common.seed = options.seed;
  grid.common.edges = options.edges;
  grid.common.reads = options.reads;
  grid.traced_transactions = options.traced;
  grid.skip_lacking = options.engines.empty();
  return grid;
}

int run_versions(const Options& options) {
  const FolderGuard files(new_folder_name(options.store.empty() ? fs::temp_directory_path() : fs::path(options.store)));
  files.make();
  const std::string id = "versions-" + os::utc_now("%Y%m%dT%H%M%SZ") + "-" + std::to_string(getpid());
  NewRun run(options.out, id);
  if (!options.json) {
    std::printf("%s\n", wrapped("One history of versions (" + options.mode + ", seed " + std::to_string(options.seed) +
                                "), replayed by each engine; every version read back is checked")
                            .c_str());
  }
  const ProgressLine line(options.progress_fd);
  native_study::NativeVersionHost host({id, CHUNKMARK_VERSION, run.folder(), files.path(), !options.no_fingerprints,
                                        [&](const study::Progress& progress) { line.tell(progress); }});
  study::VersionStudy study(grid_of(options), host, [&](const std::vector<record::VersionRow>& rows) {
    line.clear();
    if (!options.json) print_version_cell(rows);
    std::fflush(stdout);
  });
  while (study.step()) {
  }
  line.clear();
  run.keep();
  write_run_report(run.folder() / "run.json", run.folder() / "report.html");
  const record::VersionRecord& record = study.record();
  if (options.json) std::fputs(pretty_json(to_json(record)).c_str(), stdout);
  std::fflush(stdout);
  for (const record::Failure& failure : record.failures) {
    std::fprintf(stderr, "chunkmark: not measured: %s\n", failure.message.c_str());
  }
  std::fprintf(stderr, "chunkmark: wrote %s/report.html\n", run.publish().c_str());
  line.tell_run(id);
  return record.failures.empty() ? 0 : 1;
}

}  // namespace

void add_version_case_command(CLI::App& app, Run& run) {
  const auto text = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("version-case", "Replays one history of the transaction study in this process");
  command->group("");
  command->add_option("task", *text, "The task, as JSON (native/study/version_replay.h)")->required();
  command->callback([text, &run] {
    run = [text] {
      const json::value value = parse_json(*text, "task");
      const native_study::VersionTask task = native_study::version_task_from_json(value.as_object());
      std::puts(json::serialize(native_study::replay(task, native_study::set_mark)).c_str());
      return 0;
    };
  });
}

void add_versions_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("versions",
                         "Runs the transaction study: many versions of three arrays, by this engine, by "
                         "versioned-hdf5, ArcticDB, icechunk and TileDB, and without versions by the HDF5 "
                         "library and h5py; file size, times, memory, and every version read back and "
                         "checked. Writes a run with a report of charts.\n\n"
                         "  chunkmark versions                              50 transactions of each workload\n"
                         "  chunkmark versions --transactions 1000 --compression none,gzip\n"
                         "  chunkmark versions --mode described --workload small_fraction_changes\n"
                         "  chunkmark versions --engine chunkmark --durability none,power_loss");
  command->add_option("--engine", options->engines, known_engines() + " (default: those installed)")
      ->delimiter(',')
      ->check(CLI::Validator(unknown_engine, ""));
  command
      ->add_option("--workload", options->workloads,
                   "large_fraction_changes, small_fraction_changes, large_fraction_constant, mostly_appends, "
                   "mostly_appends_dense (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(study::version_workloads()).description(""));
  command
      ->add_option("--mode", options->mode,
                   "published: what the programs behind the article's figures did; described: what it says they did")
      ->check(CLI::IsMember({"published", "described"}))
      ->capture_default_str();
  command->add_option("--transactions", options->transactions, "Versions after the first")
      ->delimiter(',')
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}))
      ->capture_default_str();
  command->add_option("--chunk-size", options->chunk_sizes, "Elements of a chunk; of dense arrays a 64th on each axis")
      ->delimiter(',')
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 24))
      ->capture_default_str();
  command->add_option("--compression", options->compressions, "none, gzip, lzf, zstd, blosc")
      ->delimiter(',')
      ->check(CLI::IsMember({"none", "gzip", "lzf", "zstd", "blosc"}))
      ->capture_default_str();
  command->add_option("--edges", options->edges, "How ours stores edge chunks without compression: none, trim, deflate")
      ->check(CLI::IsMember({"none", "trim", "deflate"}))
      ->capture_default_str();
  command
      ->add_option(
          "--durability", options->durabilities,
          "none, process_crash, power_loss: of our commits, one row each; others commit in their one way, which "
          "their row names")
      ->delimiter(',')
      ->check(CLI::IsMember({"none", "process_crash", "power_loss"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the history")->capture_default_str();
  command->add_option("--reads", options->reads, "How often the latest, first and middle version are read")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  command
      ->add_option("--trace", options->traced,
                   "Transactions that are replayed again under the tracer, for memory and bytes moved; 0: none")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{100'000}))
      ->capture_default_str();
  command->add_option("--store", options->store, "Folder for the files (default: the system's temporary folder)");
  command->add_option("--out", options->out, "Runs: a folder or s3://BUCKET/PREFIX")->capture_default_str();
  add_no_fingerprints(*command, options->no_fingerprints);
  ProgressLine::add_option(*command, options->progress_fd);
  command->add_flag("--json", options->json, "Print the run record and nothing else");
  command->callback([options, &run] { run = [options] { return run_versions(*options); }; });
}

}  // namespace chunkmark::cli
