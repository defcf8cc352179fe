// chunkmark-study: the copy study in steps, and its cases without the tracer.
//
// study.start {formats, codecs, operations, engines, case, repeat, slope, id, cpu, cores, memory_bytes, os} -> {}
//             `case`: what all cells have in common, as study::to_json(CopyCase) writes it
// study.step  {} -> {more, done, total, doing}, or pending; {more: false, record}: run.json
// case.time   {case, store} -> {seconds, processor}: runs the case
#include <emscripten.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/json_members.h"
#include "study/array_data.h"
#include "study/peers.h"
#include "study/study.h"
#include "wasm/bridge.h"
#include "wasm/study/browser_host.h"
#include "wasm/study/case.h"

namespace chunkmark::wasm {
namespace {

constexpr char kParams[] = "params";

struct Running {
  explicit Running(study::Origin origin) : host(std::move(origin)) {}
  BrowserHost host;
  std::unique_ptr<study::Study> study;
};

std::unique_ptr<Running>& running() {
  static std::unique_ptr<Running> running;
  return running;
}

[[noreturn]] void refuse(const std::string& what, const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::kInvalidArgument, what + ": expected " + expected + ", found " + found);
}

// A list of such words as `known` has.
std::vector<std::string> words(const json::object& params, const char* key, const std::vector<std::string>& known) {
  auto words = json::value_to<std::vector<std::string>>(member(params, key, kParams));
  if (words.empty()) refuse(key, "at least one", "none");
  for (const std::string& word : words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    refuse(key, list, word);
  }
  return words;
}

void check_extents(const char* what, const array::Shape& extents, std::size_t rank) {
  if (extents.size() != rank) {
    refuse(what, std::to_string(rank) + " extents", std::to_string(extents.size()));
  }
  if (std::find(extents.begin(), extents.end(), 0u) != extents.end()) refuse(what, "extents above 0", "0");
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
                       words(params, "operations", {"write", "read"}), words(params, "engines", {"chunkmark"}),
                       checked_case(params)};
  if (!grid.array.shard_shape.empty() && std::erase(grid.formats, "zarr2") > 0 && grid.formats.empty()) {
    refuse("shards", "the format zarr3", "zarr2");
  }
  study::StudyOptions options;
  options.repeat = static_cast<unsigned>(integer_member_or(params, "repeat", 5, 0, 1000, kParams));
  options.threads = 1;
  options.slope = member(params, "slope", kParams).as_bool();
  auto made = std::make_unique<Running>(origin_of(params, grid.array.filesystem));
  made->study = std::make_unique<study::Study>(std::move(grid), options, made->host);
  running() = std::move(made);
  return json::object();
}

json::value step(const json::object&, ByteView) {
  if (running() == nullptr) throw Error(ErrorCode::kInvalidArgument, "study: it was not started");
  const bool more = running()->study->step();
  const study::Progress& progress = running()->host.progress();
  json::object answer{{"more", more}, {"done", progress.done}, {"total", progress.total}, {"doing", progress.doing}};
  if (!more) {
    answer["record"] = parse_json(running()->host.record(), "run.json");
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

}  // namespace

const api::MethodTable& methods() {
  static const api::MethodTable table{{"study.start", start}, {"study.step", step}, {"case.time", time}};
  return table;
}

}  // namespace chunkmark::wasm
