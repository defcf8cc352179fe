// chunkmark-study: the copy study in steps, and its cases without the tracer.
//
// study.start {formats, codecs, operations, engines, case, repeat, slope, id, cpu, cores, memory_bytes, os} -> {}
//             `case`: what all cells have in common, as study::to_json(CopyCase) writes it
// study.step  {} -> {more, done, total, doing}, or pending; {more: false, record}: run.json
// case.time   {case, store} -> {seconds, processor}: runs the case
#include <emscripten.h>

#include <memory>

#include "base/error.h"
#include "base/json_members.h"
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

std::vector<std::string> words(const json::object& params, const char* key) {
  return json::value_to<std::vector<std::string>>(member(params, key, kParams));
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
  study::CopyGrid grid{words(params, "formats"), words(params, "codecs"), words(params, "operations"),
                       words(params, "engines"), case_of(params)};
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
