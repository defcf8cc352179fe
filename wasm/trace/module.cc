// chunkmark-traced: a case of a study under the tracer. Its allocation and memcpy families are hooked, and it
// keeps the names of its functions; nobody loads it but for a study.
//
// case.trace {case, store, started} -> {} and the capture
// version.trace {case, file, started} -> {} and the capture
#include <algorithm>

#include "base/json_members.h"
#include "wasm/bridge.h"
#include "wasm/study/case.h"
#include "wasm/study/result.h"
#include "wasm/study/version_case.h"
#include "wasm/trace/recorder.h"

namespace chunkmark::wasm {
namespace {

json::value trace(const json::object& params, ByteView) {
  const study::CopyCase copy_case = case_of(params);
  const std::uint64_t bytes = copy_case.array_bytes();
  Recorder recorder("copy-case " + copy_case.name(), text_member(params, "started", "params"), bytes,
                    std::max(capture::kLargeBytes, bytes / 8));
  run_case(copy_case, params, [&](const char* name) { recorder.mark(name); });
  set_result(recorder.finish());
  return json::object();
}

json::value trace_version(const json::object& params, ByteView) {
  const study::VersionCase version_case = version_case_of(params);
  Recorder recorder("version-case " + version_case.name(), text_member(params, "started", "params"), 0,
                    capture::kLargeBytes);
  run_version(version_case, true, params, [&](const char* name) { recorder.mark(name); });
  set_result(recorder.finish());
  return json::object();
}

}  // namespace

const api::MethodTable& methods() {
  static const api::MethodTable table{{"case.trace", trace}, {"version.trace", trace_version}};
  return table;
}

}  // namespace chunkmark::wasm
