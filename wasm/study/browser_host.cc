#include "wasm/study/browser_host.h"

#include <blosc.h>
#include <emscripten.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>

#include "base/error.h"
#include "base/json_members.h"
#include "bytes/pending.h"
#include "instrument/profile/capture_analysis.h"
#include "wasm/host_text.h"

// Answers: 0 it is there, 1 pending, 2 an error, which is then the answer. The capture
// belongs to JavaScript and is copied into memory of the caller.
// clang-format off
EM_JS(int, chunkmark_study_ask, (const char* what, const char* copy_case, const char* capture), {
  return Module["host"].ask(UTF8ToString(what), UTF8ToString(copy_case), UTF8ToString(capture));
});
EM_JS(int, chunkmark_study_capture_bytes, (), { return Module["host"].capture().length; });
EM_JS(void, chunkmark_study_capture, (void* into), { HEAPU8.set(Module["host"].capture(), into); });
// clang-format on

namespace chunkmark::wasm {
namespace {

json::value ask(const char* what, const std::string& name, const json::object& of, const std::string& capture = "") {
  const std::string text = json::serialize(of);
  const int answer = chunkmark_study_ask(what, text.c_str(), capture.c_str());
  if (answer == 1) throw bytes::Pending(name);
  const std::string told = host_text("answerText");
  if (answer != 0) throw Error(ErrorCode::kIo, name + ": " + told);
  return parse_json(told, name);
}

// Of the last answer.
class Capture {
 public:
  Capture()
      : bytes_(static_cast<std::size_t>(chunkmark_study_capture_bytes())),
        content_(std::make_unique<std::byte[]>(bytes_)) {
    chunkmark_study_capture(content_.get());
  }
  ByteView bytes() const { return {content_.get(), bytes_}; }

 private:
  std::size_t bytes_;
  std::unique_ptr<std::byte[]> content_;
};

class TimedInModule final : public study::TimedCase {
 public:
  explicit TimedInModule(study::CopyCase copy_case) : copy_case_(std::move(copy_case)) {}

  study::CallTime call() override {
    const json::value answer = ask("time", copy_case_.name(), to_json(copy_case_));
    study::CallTime time;
    time.seconds = answer.at("seconds").to_number<double>();
    time.processor = answer.at("processor").to_number<double>();
    if (const json::value* libraries = answer.as_object().if_contains("libraries")) {
      time.libraries = libraries->as_object();
    }
    return time;
  }

 private:
  study::CopyCase copy_case_;
};

// Of an engine in JavaScript: what the page's accounting found.
study::TracedCase accounted_case(const json::object& answer, const study::CopyCase& copy_case) {
  constexpr char kAnswer[] = "the page's account";
  const auto array = static_cast<double>(copy_case.array_bytes());
  const auto per_array = [&](const char* key) {
    return static_cast<double>(unsigned_member(answer, key, kAnswer)) / array;
  };
  study::TracedCase traced;
  traced.stored_bytes = unsigned_member(answer, "stored_bytes", kAnswer);
  traced.memory_by = text_member(answer, "memory_by", kAnswer);
  figures::CopyFigures& figures = traced.figures;
  figures.array_bytes = copy_case.array_bytes();
  figures.scratch_bytes = member(answer, "scratch_bytes", kAnswer).to_number<std::int64_t>();
  figures.extra_heap = static_cast<double>(*figures.scratch_bytes) / array;
  figures.moved_in = per_array("bytes_in");
  figures.moved_out = per_array("bytes_out");
  figures.anonymous_bytes = unsigned_member(answer, "peak_bytes", kAnswer);
  return traced;
}

}  // namespace

std::string utc_now() {
  return host_text("now");
}

void BrowserHost::store(const study::CopyCase& copy_case) {
  ask("store", copy_case.name(), to_json(copy_case));
}

study::TracedCase BrowserHost::trace(const study::CopyCase& copy_case, const std::string& capture) {
  const json::value answer = ask("trace", copy_case.name(), to_json(copy_case), capture);
  if (answer.as_object().contains("memory_by")) return accounted_case(answer.as_object(), copy_case);
  const Capture content;
  return {study::traced_figures({content.bytes(), copy_case.name() + ".cmk"}, copy_case),
          answer.at("stored_bytes").to_number<std::uint64_t>()};
}

std::unique_ptr<study::TimedCase> BrowserHost::time(const study::CopyCase& copy_case) {
  return std::make_unique<TimedInModule>(copy_case);
}

json::object BrowserVersionHost::replay(const study::VersionCase& version_case) {
  return ask("replay", version_case.name(), to_json(version_case)).as_object();
}

figures::Inspection BrowserVersionHost::trace(const study::VersionCase& version_case, const std::string& capture) {
  ask("trace_versions", version_case.name(), to_json(version_case), capture);
  const Capture content;
  return figures::inspect(profile::CaptureAnalysis({content.bytes(), version_case.name() + ".cmk"}), 0);
}

record::Environment build_environment() {
  record::Environment environment;
  environment.compiler = "emscripten " + std::to_string(__EMSCRIPTEN_major__) + "." +
                         std::to_string(__EMSCRIPTEN_minor__) + "." + std::to_string(__EMSCRIPTEN_tiny__) +
                         ", " __VERSION__;
  environment.libraries = {{"blosc", blosc_get_version_string()},
                           {"zstd", ZSTD_versionString()},
                           {"libdeflate", LIBDEFLATE_VERSION_STRING},
                           {"zlib", zlibVersion()}};
  return environment;
}

}  // namespace chunkmark::wasm
