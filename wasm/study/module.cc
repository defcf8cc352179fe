// chunkmark-study: both studies in steps, and their cases without the tracer.
//
// study.start {formats, codecs, operations, engines, case, repeat, slope, id, cpu, cores, memory_bytes, os} -> {}
//             `case`: what all cells have in common, as study::to_json(CopyCase) writes it
// versions.start {workloads, compressions, transactions, chunk_sizes, engines, mode, seed, reads, traced, filesystem,
//             id, cpu, cores, memory_bytes, os} -> {}
// study.step  {} -> {more, done, total, doing}, or pending; {more: false, record}: run.json
// case.time   {case, store} -> {seconds, processor}: runs the case
// case.array  {case} -> {} and the bytes that a case stores, for an engine in JavaScript
// version.replay {case, file} -> as study::run_version_case
// version.history {case} -> {} and the history that a case replays (peers/versions.py), for an engine in JavaScript
#include <emscripten.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/json_members.h"
#include "study/array_data.h"
#include "study/copy_runner.h"
#include "study/peers.h"
#include "study/study.h"
#include "study/version_engines.h"
#include "study/version_study.h"
#include "wasm/bridge.h"
#include "wasm/study/browser_host.h"
#include "wasm/study/case.h"
#include "wasm/study/result.h"
#include "wasm/study/version_case.h"

namespace chunkmark::wasm {
namespace {

constexpr char kParams[] = "params";

class Running {
 public:
  virtual ~Running() = default;
  virtual bool step() = 0;
  virtual const study::Progress& progress() const = 0;
  virtual const std::string& record() const = 0;
};

template <class Host, class Study>
class RunningStudy final : public Running {
 public:
  template <class MakeStudy>
  RunningStudy(study::Origin origin, MakeStudy make_study) : host_(std::move(origin)), study_(make_study(host_)) {}
  bool step() override { return study_->step(); }
  const study::Progress& progress() const override { return host_.progress(); }
  const std::string& record() const override { return host_.record(); }

 private:
  Host host_;
  std::unique_ptr<Study> study_;
};

std::unique_ptr<Running>& running() {
  static std::unique_ptr<Running> running;
  return running;
}

[[noreturn]] void refuse(const std::string& what, const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::kInvalidArgument, what + ": expected " + expected + ", found " + found);
}

// A list of such words as `known` has, or one.
std::vector<std::string> words(const json::object& params, const char* key, const std::vector<std::string>& known) {
  const json::value& told = member(params, key, kParams);
  std::vector<std::string> words;
  if (told.is_string()) {
    words.emplace_back(told.get_string());
  } else {
    words = json::value_to<std::vector<std::string>>(told);
  }
  if (words.empty()) refuse(key, "at least one", "none");
  for (const std::string& word : words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    refuse(key, list, word);
  }
  return words;
}

// A list of numbers from 1 to `most`.
std::vector<std::uint64_t> numbers(const json::object& params, const char* key, std::uint64_t most) {
  auto numbers = json::value_to<std::vector<std::uint64_t>>(member(params, key, kParams));
  if (numbers.empty()) refuse(key, "at least one", "none");
  for (const std::uint64_t number : numbers) {
    if (number == 0 || number > most) refuse(key, "1 to " + std::to_string(most), std::to_string(number));
  }
  return numbers;
}

void check_extents(const char* what, const array::Shape& extents, std::size_t rank) {
  if (extents.size() != rank) {
    refuse(what, std::to_string(rank) + " extents", std::to_string(extents.size()));
  }
  if (std::find(extents.begin(), extents.end(), 0u) != extents.end()) refuse(what, "extents above 0", "0");
}

// Ours, and those in JavaScript.
template <class Peers>
std::vector<std::string> engines_of(const Peers& peers) {
  std::vector<std::string> names{"chunkmark"};
  for (const auto& peer : peers) names.push_back(peer.name);
  return names;
}

study::CopyCase checked_case(const json::object& params) {
  const auto& object = as_object(member(params, "case", kParams), "the case", kParams);
  const std::string dtype = text_member(object, "dtype", kParams);
  if (const auto parsed = array::parse_dtype_name(dtype); !parsed || !study::can_fill(*parsed)) {
    refuse("dtype", "an integer type, float32 or float64", dtype);
  }
  study::CopyCase copy_case = case_of(params);
  if (copy_case.shape.empty()) refuse("shape", "at least one extent", "none");
  check_extents("shape", copy_case.shape, copy_case.shape.size());
  check_extents("chunks", copy_case.chunk_shape, copy_case.shape.size());
  if (!copy_case.shard_shape.empty()) check_extents("shards", copy_case.shard_shape, copy_case.shape.size());
  for (std::size_t i = 0; i < copy_case.shard_shape.size(); ++i) {
    if (copy_case.shard_shape[i] % copy_case.chunk_shape[i] == 0) continue;
    refuse("shards", "multiples of a chunk's " + std::to_string(copy_case.chunk_shape[i]),
           std::to_string(copy_case.shard_shape[i]));
  }
  return copy_case;
}

study::Origin origin_of(const json::object& params, const std::string& filesystem) {
  record::Environment environment = build_environment();
  environment.cpu = text_member(params, "cpu", kParams);
  environment.cores = static_cast<unsigned>(unsigned_member(params, "cores", kParams));
  environment.memory_bytes = unsigned_member(params, "memory_bytes", kParams);
  environment.os = text_member(params, "os", kParams);
  environment.resident = "the size of the module's heap, which never shrinks";
  return {text_member(params, "id", kParams), "wasm", CHUNKMARK_VERSION, std::move(environment), filesystem};
}

json::value start(const json::object& params, ByteView) {
  study::CopyGrid grid{words(params, "formats", {"zarr2", "zarr3"}), words(params, "codecs", study::kCodecs),
                       words(params, "operations", {"write", "read"}),
                       words(params, "engines", engines_of(study::page_peers())), checked_case(params)};
  if (!grid.array.shard_shape.empty() && std::erase(grid.formats, "zarr2") > 0 && grid.formats.empty()) {
    refuse("shards", "the format zarr3", "zarr2");
  }
  study::StudyOptions options;
  options.repeat = static_cast<unsigned>(integer_member_or(params, "repeat", 5, 0, 1000, kParams));
  options.threads = 1;
  options.slope = member(params, "slope", kParams).as_bool();
  running() = std::make_unique<RunningStudy<BrowserHost, study::Study>>(
      origin_of(params, grid.array.filesystem),
      [&](BrowserHost& host) { return std::make_unique<study::Study>(std::move(grid), options, host); });
  return json::object();
}

json::value start_versions(const json::object& params, ByteView) {
  study::VersionGrid grid;
  grid.workloads = words(params, "workloads", study::version_workloads());
  grid.compressions = words(params, "compressions", study::version_engine("chunkmark").compressions);
  grid.durabilities = {"none"};
  grid.engines = words(params, "engines", engines_of(study::page_version_engines()));
  grid.transactions = numbers(params, "transactions", 10'000);
  grid.chunk_sizes = numbers(params, "chunk_sizes", 1u << 24);
  const bool is_described = words(params, "mode", {"published", "described"}).front() == "described";
  grid.common.mode = is_described ? study::HistoryMode::kDescribed : study::HistoryMode::kPublished;
  grid.common.seed = unsigned_member(params, "seed", kParams);
  grid.common.reads = static_cast<std::uint64_t>(integer_member_or(params, "reads", 20, 1, 10'000, kParams));
  grid.traced_transactions = unsigned_member(params, "traced", kParams);
  running() = std::make_unique<RunningStudy<BrowserVersionHost, study::VersionStudy>>(
      origin_of(params, text_member(params, "filesystem", kParams)),
      [&](BrowserVersionHost& host) { return std::make_unique<study::VersionStudy>(std::move(grid), host); });
  return json::object();
}

json::value step(const json::object&, ByteView) {
  if (running() == nullptr) throw Error(ErrorCode::kInvalidArgument, "study: it was not started");
  const bool more = running()->step();
  const study::Progress& progress = running()->progress();
  json::object answer{{"more", more}, {"done", progress.done}, {"total", progress.total}, {"doing", progress.doing}};
  if (!more) {
    answer["record"] = parse_json(running()->record(), "run.json");
    running().reset();
  }
  return answer;
}

// One thread: its time is what passes.
json::value time(const json::object& params, ByteView) {
  double began = 0, ended = 0;
  run_case(case_of(params), params,
           [&](const char* name) { (std::string_view(name) == "begin" ? began : ended) = emscripten_get_now(); });
  const double seconds = (ended - began) / 1000;
  return json::object{{"seconds", seconds}, {"processor", seconds}};
}

json::value make_array(const json::object& params, ByteView) {
  const study::CopyCase copy_case = case_of(params);
  std::vector<std::byte> array(static_cast<std::size_t>(copy_case.array_bytes()));
  study::fill_array(copy_case, array);
  set_result(std::move(array));
  return json::object();
}

json::value replay(const json::object& params, ByteView) {
  return run_version(version_case_of(params), false, params, [](const char*) {});
}

json::value make_history(const json::object& params, ByteView) {
  const study::VersionCase each = version_case_of(params);
  const std::string history = study::history_bytes(each.workload, each.mode, each.seed, each.transactions);
  const ByteView bytes = std::as_bytes(std::span(history));
  set_result({bytes.begin(), bytes.end()});
  return json::object();
}

}  // namespace

const api::MethodTable& methods() {
  static const api::MethodTable table{{"study.start", start},
                                      {"versions.start", start_versions},
                                      {"study.step", step},
                                      {"case.time", time},
                                      {"case.array", make_array},
                                      {"version.replay", replay},
                                      {"version.history", make_history}};
  return table;
}

}  // namespace chunkmark::wasm
