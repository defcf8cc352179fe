#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <memory>

#include "native/cli/array_bytes.h"
#include "native/cli/commands.h"
#include "native/cli/copy_table.h"
#include "native/cli/folder_guard.h"
#include "native/cli/new_run.h"
#include "native/cli/progress_line.h"
#include "native/cli/report_file.h"
#include "native/cli/text.h"
#include "native/os/utc_time.h"
#include "native/store/open_store.h"
#include "native/study/native_host.h"
#include "native/study/peer_environment.h"
#include "study/array_data.h"
#include "study/peers.h"
#include "study/study.h"

namespace chunkmark::cli {
namespace {

using native_study::install_command;
using native_study::peer_python;

constexpr std::uint64_t kMaxExtent = std::uint64_t{1} << 40;

struct Options {
  std::vector<std::string> engines;
  std::vector<std::string> operations{"write", "read"};
  std::vector<std::string> formats{"zarr2", "zarr3"};
  std::vector<std::string> codecs{"none", "blosc"};
  std::vector<std::uint64_t> shape{5000, 5000};
  std::vector<std::uint64_t> chunks;  // empty: one chunk
  std::vector<std::uint64_t> shards;  // empty: none
  std::string dtype = "float32";
  std::string data = "random";
  std::string store;
  std::string out = "runs";
  std::string durability = "none";
  unsigned repeat = 5;
  int progress_fd = -1;
  unsigned threads = 2;
  bool slope = false;
  bool markdown = false;
  bool no_fingerprints = false;
  bool json = false;
};

bool is_bucket(const std::string& url) {
  return url.starts_with("s3://");
}

// The folder of a --store; of a bucket, one for what the study itself puts down. Errors: kInvalidArgument for a store
// that is neither.
std::filesystem::path store_folder(const std::string& url) {
  if (url.empty() || is_bucket(url)) return std::filesystem::temp_directory_path();
  constexpr char kExpected[] = "--store: expected a folder, a file:// or an s3:// URL, found ";
  try {
    if (const auto folder = store::folder_of_store(url)) return *folder;
  } catch (const Error&) {
    throw Error(ErrorCode::kInvalidArgument, kExpected + url);
  }
  throw Error(ErrorCode::kInvalidArgument, kExpected + url + ", which no other process can open");
}

// Whether `name` is that of what a study put down (run_id) more than a day ago: no study takes so long.
bool is_left_behind(const std::string& name) {
  constexpr std::string_view kForm = "copies-00000000T000000Z-";
  if (name.size() <= kForm.size() || !name.ends_with('/')) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool is_digit = name[i] >= '0' && name[i] <= '9';
    if (kForm[i] == '0' ? !is_digit : name[i] != kForm[i]) return false;
  }
  const std::time_t yesterday = std::time(nullptr) - 24 * 60 * 60;
  std::tm parts{};
  ::gmtime_r(&yesterday, &parts);
  char text[32];
  const std::string limit(text, std::strftime(text, sizeof text, "copies-%Y%m%dT%H%M%SZ-", &parts));
  return name.substr(0, limit.size()) < limit;
}

// What the study stores in a bucket: below a prefix of its own, which is emptied in the end. What a study that was
// killed has left there is removed when the next one starts, a day later or more.
class BucketGuard {
 public:
  BucketGuard(const std::string& url, const std::string& name) {
    if (!is_bucket(url)) return;
    // A wrong bucket or key is told now, and not by every engine.
    const auto above = store::open_store(url, bytes::Durability::kNone);
    for (const std::string& found : above->list("")) {
      if (is_left_behind(found)) store::erase_all(*above, found.substr(0, found.size() - 1));
    }
    url_ = url + (url.ends_with('/') ? "" : "/") + name;
    store_ = store::open_store(url_, bytes::Durability::kNone);
  }
  ~BucketGuard() {
    if (!store_) return;
    try {
      store::erase_all(*store_, "");
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "chunkmark: %s: not removed: %s\n", url_.c_str(), failure.what());
    }
  }
  BucketGuard(const BucketGuard&) = delete;
  BucketGuard& operator=(const BucketGuard&) = delete;

  const std::string& url() const { return url_; }

 private:
  std::string url_;
  std::unique_ptr<store::Store> store_;
};

std::string filesystem_of(const Options& options) {
  return is_bucket(options.store) ? "s3" : "local";
}

// The peers that are installed, and ours last, as the tables show them; the others are named with the command that
// installs them.
std::vector<std::string> engines_of(const Options& options) {
  const bool is_durable = options.durability != "none";  // the peers are asked for none
  std::vector<std::string> engines = options.engines;
  if (engines.empty() && is_durable) engines = {"chunkmark"};
  if (engines.empty()) {
    std::string missing;
    for (const study::Peer& peer : study::peers()) {
      if (!study::has_store(peer.name, filesystem_of(options))) continue;
      if (peer_python(peer.name)) {
        engines.push_back(peer.name);
      } else {
        missing += (missing.empty() ? "" : ", ") + peer.name;
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
    if (!study::has_store(engine, filesystem_of(options))) {
      throw Error(ErrorCode::kInvalidArgument, engine + ": is not measured on " + filesystem_of(options) + " stores");
    }
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
void check(const study::CopyGrid& grid) {
  const auto memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  double bytes = grid.array.dtype.item_bytes;
  for (const std::uint64_t extent : grid.array.shape) bytes *= static_cast<double>(extent);
  if (bytes > memory) {
    throw Error(ErrorCode::kInvalidArgument, "--shape: expected an array that fits into the " + bytes_text(memory) +
                                                 " of this machine, found " + bytes_text(bytes));
  }
  for (const std::string& engine : grid.engines) {
    const auto has_format = [&](const std::string& format) { return study::has_format(engine, format); };
    const auto has_codec = [&](const std::string& codec) { return study::has_codec(engine, codec); };
    if (std::any_of(grid.formats.begin(), grid.formats.end(), has_format) &&
        std::any_of(grid.codecs.begin(), grid.codecs.end(), has_codec)) {
      return;
    }
  }
  throw Error(ErrorCode::kInvalidArgument,
              grid.engines.front() + ": does not store " + grid.formats.front() + " with " + grid.codecs.front());
}

study::CopyGrid grid_of(const Options& options) {
  study::CopyGrid grid{
      once(options.formats), once(options.codecs), once(options.operations), once(engines_of(options)), {}};
  grid.array.dtype = array::parse_dtype_name(options.dtype).value();
  grid.array.shape = options.shape;
  grid.array.chunk_shape = options.chunks.empty() ? options.shape : options.chunks;
  grid.array.shard_shape = options.shards;
  if (!options.shards.empty()) std::erase(grid.formats, "zarr2");  // knows no shards
  if (grid.formats.empty()) throw Error(ErrorCode::kInvalidArgument, "--shards: expected --format zarr3, found zarr2");
  grid.array.data = options.data;
  grid.array.filesystem = filesystem_of(options);
  check(grid);
  return grid;
}

std::vector<std::string> known_engines() {
  std::vector<std::string> names{"chunkmark"};
  for (const study::Peer& peer : study::peers()) names.push_back(peer.name);
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string run_id() {
  return "copies-" + os::utc_now("%Y%m%dT%H%M%SZ") + "-" + std::to_string(getpid());  // two may start in one second
}

record::RunRecord run_study(const study::CopyGrid& grid, const Options& options,
                            native_study::NativeHostOptions host_options, const ProgressLine& line) {
  host_options.tell = [&](const study::Progress& progress) { line.tell(progress); };
  host_options.write_report = [](const auto& capture, const record::CopyRow& row, const auto& page) {
    write_report(capture, row.figures.array_bytes, row.name(), to_json(row), page);
  };
  native_study::NativeHost host(std::move(host_options));
  study::Study study(grid, {options.repeat, options.threads, options.durability, options.slope}, host);
  while (study.step()) {
  }
  return study.record();
}

// Extents of chunks or shards, if they are given.
void check_rank(const char* option, const std::vector<std::uint64_t>& extents, std::size_t rank) {
  if (extents.empty() || extents.size() == rank) return;
  throw Error(ErrorCode::kInvalidArgument, std::string(option) + ": expected " + std::to_string(rank) +
                                               " extents as --shape has, found " + std::to_string(extents.size()));
}

int run_copies(const Options& options) {
  check_rank("--chunks", options.chunks, options.shape.size());
  check_rank("--shards", options.shards, options.shape.size());
  for (std::size_t i = 0; i < options.shards.size(); ++i) {
    const std::vector<std::uint64_t>& chunks = options.chunks.empty() ? options.shape : options.chunks;
    if (options.shards[i] % chunks[i] == 0) continue;
    throw Error(ErrorCode::kInvalidArgument, "--shards: expected multiples of a chunk's " + std::to_string(chunks[i]) +
                                                 ", found " + std::to_string(options.shards[i]));
  }
  const study::CopyGrid grid = grid_of(options);
  const FolderGuard store(new_folder_name(store_folder(options.store)));
  store.make();
  const std::string id = run_id();
  const BucketGuard bucket(options.store, id);
  NewRun run(options.out, id);
  const ProgressLine line(options.progress_fd);
  const record::RunRecord record =
      run_study(grid, options,
                {id, CHUNKMARK_VERSION, run.folder(), store.path(), bucket.url(), options.threads, options.durability,
                 !options.no_fingerprints, nullptr, nullptr},
                line);
  line.clear();
  run.keep();
  if (options.json) {
    std::fputs(pretty_json(to_json(record)).c_str(), stdout);
  } else if (options.markdown) {
    print_markdown(record);
  } else {
    print_table(record);
  }
  std::fflush(stdout);  // where both go into one file, the notes come after the table
  for (const record::Failure& failure : record.failures) {
    std::fprintf(stderr, "chunkmark: not measured: %s\n", failure.message.c_str());
  }
  std::fprintf(stderr, "chunkmark: wrote %s/run.json\n", run.publish().c_str());
  line.tell_run(id);
  return record.failures.empty() ? 0 : 1;
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
                         "Runs the copy study: stores an array in one chunk, reads it back in another "
                         "process, counts the buffers.\n\n"
                         "  chunkmark copies                                100 MB, all installed engines\n"
                         "  chunkmark copies --engine chunkmark --slope     is ours zero by the contract?\n"
                         "  chunkmark copies --codec zstd --store /dev/shm  in memory instead of on disk\n"
                         "  chunkmark copies --shape 10000,10000 --chunks 1000,10000   400 MB in ten chunks\n"
                         "  chunkmark copies --chunks 625,625 --shards 5000,5000       64 chunks in a shard\n"
                         "  chunkmark copies --out s3://bucket/runs         the run is stored in a bucket\n"
                         "  chunkmark copies --markdown > copies.md         the tables for a README");
  command->add_option("--operation", options->operations, "write, read (a read is always preceded by its write)")
      ->delimiter(',')
      ->check(CLI::IsMember({"write", "read"}));
  command->add_option("--engine", options->engines,
                      joined(known_engines()) + " (default: those that are installed)")
      ->delimiter(',')
      ->check(CLI::IsMember(known_engines()).description(""));  // they stand in the words
  command->add_option("--format", options->formats, "zarr2, zarr3")
      ->delimiter(',')
      ->check(CLI::IsMember({"zarr2", "zarr3"}))
      ->capture_default_str();
  command->add_option("--codec", options->codecs, "none, blosc, zstd, gzip, lz4")
      ->delimiter(',')
      ->check(CLI::IsMember(study::kCodecs))
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
  command->add_option("--shards", options->shards, "Extents of a shard that holds chunks (zarr3; default: no shards)")
      ->delimiter(',')
      ->check(is_extent);
  command->add_option("--dtype", options->dtype, "Element type: an integer type, float32 or float64")
      ->check(CLI::Validator(check_dtype, "TYPE"))
      ->capture_default_str();
  command->add_option("--data", options->data, "random (does not compress) or smooth")
      ->check(CLI::IsMember({"random", "smooth"}))
      ->capture_default_str();
  command->add_option("--store", options->store,
                      "Folder, file:// or s3:// URL for the arrays (default: the system's temporary folder)");
  command->add_option("--out", options->out, "Runs: a folder or s3://BUCKET/PREFIX")->capture_default_str();
  ProgressLine::add_option(*command, options->progress_fd);
  command->add_option("--repeat", options->repeat, "Timed rounds after one that warms up; 0 for no times")
      ->capture_default_str();
  command
      ->add_option("--durability", options->durability,
                   "none, process_crash, power_loss: what our writes survive; other than none, ours alone are measured")
      ->check(CLI::IsMember({"none", "process_crash", "power_loss"}))
      ->capture_default_str();
  CLI::Option* markdown =
      command->add_flag("--markdown", options->markdown, "Print the two tables, writes and reads, in Markdown");
  add_no_fingerprints(*command, options->no_fingerprints);
  command->add_flag("--json", options->json, "Print the run record and nothing else")->excludes(markdown);
  command->callback([options, &run] { run = [options] { return run_copies(*options); }; });
}

}  // namespace chunkmark::cli
