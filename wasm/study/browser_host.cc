#include "wasm/study/browser_host.h"

#include <blosc.h>
#include <emscripten.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>

#include "base/error.h"
#include "bytes/pending.h"

// Answers: 0 it is there, 1 pending, 2 an error, which is then the answer. Text lies in memory that the caller frees;
// the capture belongs to JavaScript and is copied into memory of the caller.
// clang-format off
EM_JS(int, chunkmark_study_ask, (const char* what, const char* copy_case, const char* capture), {
  return Module["host"].ask(UTF8ToString(what), UTF8ToString(copy_case), UTF8ToString(capture));
});
EM_JS(char*, chunkmark_study_answer, (), {
  const text = Module["host"].answerText();
  const bytes = lengthBytesUTF8(text) + 1;
  const at = _chunkmark_buffer(bytes);
  stringToUTF8(text, at, bytes);
  return at;
});
EM_JS(int, chunkmark_study_capture_bytes, (), { return Module["host"].capture().length; });
EM_JS(void, chunkmark_study_capture, (void* into), { HEAPU8.set(Module["host"].capture(), into); });
EM_JS(char*, chunkmark_study_now, (), {
  const text = Module["host"].now();
  const bytes = lengthBytesUTF8(text) + 1;
  const at = _chunkmark_buffer(bytes);
  stringToUTF8(text, at, bytes);
  return at;
});
// clang-format on

extern "C" void chunkmark_release(void* buffer);

namespace chunkmark::wasm {
namespace {

std::string taken(char* text) {
  std::string copy(text);
  chunkmark_release(text);
  return copy;
}

json::value ask(const char* what, const study::CopyCase& copy_case, const std::string& capture = "") {
  const std::string text = json::serialize(to_json(copy_case));
  const int answer = chunkmark_study_ask(what, text.c_str(), capture.c_str());
  if (answer == 1) throw bytes::Pending(copy_case.name());
  const std::string told = taken(chunkmark_study_answer());
  if (answer != 0) throw Error(ErrorCode::kIo, copy_case.name() + ": " + told);
  return parse_json(told, copy_case.name());
}

class TimedInModule final : public study::TimedCase {
 public:
  explicit TimedInModule(study::CopyCase copy_case) : copy_case_(std::move(copy_case)) {}

  study::CallTime call() override {
    const json::value answer = ask("time", copy_case_);
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

}  // namespace

std::string BrowserHost::utc_now() {
  return taken(chunkmark_study_now());
}

void BrowserHost::store(const study::CopyCase& copy_case) {
  ask("store", copy_case);
}

study::TracedCase BrowserHost::trace(const study::CopyCase& copy_case, const std::string& capture) {
  const json::value answer = ask("trace", copy_case, capture);
  const auto bytes = static_cast<std::size_t>(chunkmark_study_capture_bytes());
  const auto content = std::make_unique<std::byte[]>(bytes);
  chunkmark_study_capture(content.get());
  return {study::traced_figures({{content.get(), bytes}, copy_case.name() + ".cmk"}, copy_case),
          answer.at("stored_bytes").to_number<std::uint64_t>()};
}

std::unique_ptr<study::TimedCase> BrowserHost::time(const study::CopyCase& copy_case) {
  return std::make_unique<TimedInModule>(copy_case);
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
