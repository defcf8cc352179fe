// chunkmark versions: the transaction study: one history of versions, replayed by each engine.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/json_members.h"
#include "native/cli/child_process.h"
#include "native/cli/commands.h"
#include "native/cli/folder_guard.h"
#include "native/cli/text.h"
#include "native/cli/version_replay.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "native/os/utc_time.h"
#include "native/study/environment.h"
#include "native/study/peer_environment.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> engines;
  std::vector<std::string> workloads = study::version_workloads();
  std::vector<std::string> compressions{"none"};
  std::vector<std::uint64_t> transactions{50}, chunk_sizes{4096};
  std::string mode = "published", edges = "trim", durability = "none", store, out = "runs";
  std::uint64_t seed = 1;
  unsigned reads = 20;
  bool json = false;
};

bool is_python(const std::string& engine) {
  return engine == "versioned-hdf5" || engine == "h5py";
}

// Of dense arrays, chunks are squares: the published grid has a quarter of the extent for them at most.
std::uint64_t chunk_size_of(const VersionTask& task, std::uint64_t asked) {
  return task.workload == "mostly_appends_dense" && asked > 1024 ? asked / 64 : asked;
}

std::vector<std::string> engines_of(const Options& options) {
  if (!options.engines.empty()) return options.engines;
  std::vector<std::string> engines{"chunkmark", "hdf5"};
  if (native_study::peer_python("versioned-hdf5")) {
    engines.insert(engines.begin(), "versioned-hdf5");
    engines.emplace_back("h5py");
  } else {
    std::fprintf(stderr, "chunkmark: not installed, so not measured: versioned-hdf5, h5py\n  (%s installs them)\n",
                 native_study::install_command().c_str());
  }
  return engines;
}

// One engine's replay, in a process of its own.
json::object run_engine(const VersionTask& task, const std::string& history) {
  std::vector<std::string> command;
  if (is_python(task.engine)) {
    const auto python = native_study::peer_python("versioned-hdf5");
    if (!python) {
      throw Error(ErrorCode::kNotFound,
                  task.engine + ": not installed; " + native_study::install_command() + " installs it");
    }
    json::object members = to_json(task);
    members["history"] = history;
    command = {python->string(), "-W", "ignore", (os::peers_folder() / "versions.py").string(),
               json::serialize(members)};
  } else {
    command = {os::own_program().string(), "version-case", json::serialize(to_json(task))};
  }
  const ChildOutput output = run_child(command);
  if (output.exit_status != 0) {
    throw Error(ErrorCode::kIo, task.engine + ": its process ended with status " + std::to_string(output.exit_status));
  }
  return as_object(parse_json(output.out, task.engine), "answer", task.engine);
}

std::vector<double> numbers(const json::object& object, std::string_view key) {
  return json::value_to<std::vector<double>>(member(object, key, "answer"));
}

double sum(const std::vector<double>& values) {
  double all = 0;
  for (const double value : values) all += value;
  return all;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A result of the run record (interface.md), and a check: each version has the arrays that the history says.
json::object result_of(const VersionTask& task, const json::object& answer, const std::vector<std::string>& expected) {
  const auto digests = json::value_to<std::vector<std::string>>(member(answer, "sha256", task.engine));
  const bool versioned = task.engine == "chunkmark" || task.engine == "versioned-hdf5";
  for (std::size_t i = 0; i < digests.size(); ++i) {
    const std::size_t version = versioned ? i : expected.size() - 1;
    if (digests[i] == expected[version]) continue;
    throw Error(ErrorCode::kCorrupt, task.engine + ": version r" + std::to_string(version) +
                                         " reads as other arrays than were written: expected sha256 " +
                                         expected[version] + ", found " + digests[i]);
  }
  if (versioned && digests.size() != expected.size()) {
    throw Error(ErrorCode::kCorrupt, task.engine + ": expected " + std::to_string(expected.size()) +
                                         " versions, found " + std::to_string(digests.size()));
  }
  const std::vector<double> seconds = numbers(answer, "seconds"), processor = numbers(answer, "processor");
  std::vector<double> per_version;  // without the first, which makes the file
  for (std::size_t i = 1; i < seconds.size(); ++i) per_version.push_back(1e3 * seconds[i]);
  const std::size_t tenth = std::max<std::size_t>(per_version.size() / 10, 1);
  const auto mean = [&](std::size_t begin) {
    double all = 0;
    for (std::size_t i = begin; i < begin + tenth && i < per_version.size(); ++i) all += per_version[i];
    return all / static_cast<double>(tenth);
  };
  json::object result{{"workload", task.workload},
                      {"mode", to_json(task).at("mode")},
                      {"engine", task.engine},
                      {"versioned", versioned},
                      {"transactions", task.transactions},
                      {"chunk_size", task.chunk_size},
                      {"compression", task.compression},
                      {"file_bytes", member(answer, "file_bytes", task.engine)},
                      {"creation_seconds", sum(seconds)},
                      {"creation_processor_seconds", sum(processor)},
                      {"median_ms", median(per_version)},
                      {"first_decile_ms", per_version.empty() ? 0 : mean(0)},
                      {"last_decile_ms", per_version.empty() ? 0 : mean(per_version.size() - tenth)},
                      {"per_version_ms", json::value_from(per_version)}};
  for (const char* key : {"read_all_seconds", "read_latest_ms", "read_first_ms", "read_middle_ms", "versions"}) {
    const json::value* value = answer.if_contains(key);
    result[key] = value != nullptr ? *value : json::value();
  }
  return result;
}

void print_cell(const std::vector<json::object>& results) {
  const json::object& first = results.front();
  std::printf("\n%s, %s transactions, chunks of %s, %s\n", std::string(first.at("workload").get_string()).c_str(),
              json::serialize(first.at("transactions")).c_str(), json::serialize(first.at("chunk_size")).c_str(),
              std::string(first.at("compression").get_string()).c_str());
  std::printf("  %-15s%10s%11s%12s%11s%12s\n", "", "file", "creation", "a version", "read all", "read latest");
  for (const json::object& result : results) {
    const auto number = [&](const char* key) { return result.at(key).to_number<double>(); };
    const json::value& all = result.at("read_all_seconds");
    std::printf("  %-15s%10s%9s s%9s ms%11s%9s ms\n", std::string(result.at("engine").get_string()).c_str(),
                bytes_text(number("file_bytes")).c_str(), decimal(number("creation_seconds"), 2).c_str(),
                decimal(number("median_ms"), 2).c_str(),
                all.is_null() ? "-" : (decimal(all.to_number<double>(), 2) + " s").c_str(),
                decimal(result.at("read_latest_ms").at("median").to_number<double>(), 2).c_str());
  }
}

// The cells of the grid that was asked for; engine and file are still to be said.
std::vector<VersionTask> cells_of(const Options& options) {
  VersionTask cell;
  cell.mode = options.mode == "published" ? study::HistoryMode::kPublished : study::HistoryMode::kDescribed;
  cell.seed = options.seed;
  cell.edges = options.edges;
  cell.durability = bytes::parse_durability(options.durability).value();
  cell.reads = options.reads;
  std::vector<VersionTask> cells;
  for (const std::string& workload : options.workloads) {
    for (const std::uint64_t transactions : options.transactions) {
      for (const std::uint64_t chunk_size : options.chunk_sizes) {
        for (const std::string& compression : options.compressions) {
          cell.workload = workload;
          cell.transactions = transactions;
          cell.chunk_size = chunk_size_of(cell, chunk_size);
          cell.compression = compression;
          cells.push_back(cell);
        }
      }
    }
  }
  return cells;
}

// Every engine in turn, in files of its own within `folder`. Those that fail are told in `failures`.
std::vector<json::object> run_cell(VersionTask task, const std::vector<std::string>& engines, const fs::path& folder,
                                   json::array& failures) {
  const std::string history = (folder / "history").string();
  os::write_file(history, study::history_bytes(task.workload, task.mode, task.seed, task.transactions));
  const std::vector<std::string> expected = expected_digests(task);
  std::vector<json::object> results;
  for (const std::string& engine : engines) {
    task.engine = engine;
    task.file = (folder / (engine + ".h5")).string();
    try {
      results.push_back(result_of(task, run_engine(task, history), expected));
    } catch (const Error& error) {
      failures.push_back({{"case_name", task.workload + "-" + engine}, {"message", error.what()}});
      std::fprintf(stderr, "chunkmark: not measured: %s\n", error.what());
    }
    fs::remove(task.file);
  }
  return results;
}

json::object record_of(const Options& options, json::array results, json::array failures) {
  record::RunRecord machine;
  machine.environment = native_study::environment();
  return {
      {"schema", "chunkmark.run/1"},
      {"id", "versions-" + os::utc_now("%Y%m%dT%H%M%SZ") + "-" + std::to_string(getpid())},
      {"kind", "versions"},
      {"created", os::utc_now()},
      {"host", "native"},
      {"version", CHUNKMARK_VERSION},
      {"environment", to_json(machine).at("environment")},
      {"settings",
       {{"mode", options.mode}, {"seed", options.seed}, {"edges", options.edges}, {"durability", options.durability}}},
      {"results", std::move(results)},
      {"failures", std::move(failures)}};
}

int run_versions(const Options& options) {
  const std::vector<std::string> engines = engines_of(options);
  const FolderGuard files(new_folder_name(options.store.empty() ? fs::temp_directory_path() : fs::path(options.store)));
  files.make();
  if (!options.json) {
    std::printf("%s\n", wrapped("One history of versions (" + options.mode + ", seed " + std::to_string(options.seed) +
                                "), replayed by each engine; every version read back is checked")
                            .c_str());
  }
  json::array results, failures;
  for (const VersionTask& cell : cells_of(options)) {
    const std::vector<json::object> measured = run_cell(cell, engines, files.path(), failures);
    results.insert(results.end(), measured.begin(), measured.end());
    if (!options.json && !measured.empty()) print_cell(measured);
    std::fflush(stdout);
  }
  const bool failed = !failures.empty();
  const json::object record = record_of(options, std::move(results), std::move(failures));
  const fs::path run_folder = fs::path(options.out) / std::string(record.at("id").get_string());
  fs::create_directories(run_folder);
  os::write_file((run_folder / "run.json").string(), pretty_json(record));
  if (options.json) std::fputs(pretty_json(record).c_str(), stdout);
  std::fprintf(stderr, "chunkmark: wrote %s\n", (run_folder / "run.json").c_str());
  return failed ? 1 : 0;
}

}  // namespace

void add_version_case_command(CLI::App& app, Run& run) {
  const auto text = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("version-case", "Replays one history of the transaction study in this process");
  command->group("");
  command->add_option("task", *text, "The task, as JSON (native/cli/version_replay.h)")->required();
  command->callback([text, &run] {
    run = [text] {
      const VersionTask task = version_task_from_json(as_object(parse_json(*text, "task"), "task", "task"));
      std::puts(json::serialize(replay(task)).c_str());
      return 0;
    };
  });
}

void add_versions_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("versions",
                         "Runs the transaction study: many versions of three arrays in one HDF5 file,\n"
                         "by this engine, by versioned-hdf5, and without versions by the HDF5 library\n"
                         "and h5py; file size, times, and every version read back and checked.\n\n"
                         "  chunkmark versions                              50 transactions of each workload\n"
                         "  chunkmark versions --transactions 1000 --compression none,gzip\n"
                         "  chunkmark versions --mode described --workload small_fraction_changes");
  command->add_option("--engine", options->engines, "chunkmark, hdf5, h5py, versioned-hdf5 (default: those installed)")
      ->delimiter(',')
      ->check(CLI::IsMember({"chunkmark", "hdf5", "h5py", "versioned-hdf5"}).description(""));
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
  command->add_option("--compression", options->compressions, "none, gzip, lzf, zstd")
      ->delimiter(',')
      ->check(CLI::IsMember({"none", "gzip", "lzf", "zstd"}))
      ->capture_default_str();
  command->add_option("--edges", options->edges, "How ours stores edge chunks without compression: none, trim, deflate")
      ->check(CLI::IsMember({"none", "trim", "deflate"}))
      ->capture_default_str();
  command->add_option("--durability", options->durability, "none, process_crash, power_loss: of our commits")
      ->check(CLI::IsMember({"none", "process_crash", "power_loss"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the history")->capture_default_str();
  command->add_option("--reads", options->reads, "How often the latest, first and middle version are read")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  command->add_option("--store", options->store, "Folder for the files (default: the system's temporary folder)");
  command->add_option("--out", options->out, "Runs folder")->capture_default_str();
  command->add_flag("--json", options->json, "Print the run record and nothing else");
  command->callback([options, &run] { run = [options] { return run_versions(*options); }; });
}

}  // namespace chunkmark::cli
