#include "report/profile_methods.h"

#include "base/error.h"
#include "instrument/import/open_source.h"
#include "instrument/profile/capture_profile.h"
#include "report/inspect_document.h"
#include "report/report_document.h"

namespace chunkmark::report {
namespace {

std::uint64_t array_bytes_of(const json::object& params) {
  const json::value* value = params.if_contains("array_bytes");
  if (value == nullptr || value->is_null()) return 0;
  json::error_code inexact;  // negative, too large, or with a fraction
  if (value->is_number()) {
    if (const auto bytes = value->to_number<std::uint64_t>(inexact); !inexact) return bytes;
  }
  throw Error(ErrorCode::kInvalidArgument, "array_bytes: expected a number of bytes, found " + json::serialize(*value));
}

std::string text_of(const json::object& params, std::string_view key, std::string_view otherwise) {
  const json::value* value = params.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string(otherwise);
}

// A capture, or another tool's file.
capture::CaptureFile file_of(const json::object& params, ByteView data, const Progress& progress) {
  return {data, text_of(params, "name", "capture"), progress, imports::open_source};
}

}  // namespace

void add_profile_methods(api::MethodTable& methods, const Progress& progress) {
  methods["profile.inspect"] = [progress](const json::object& params, ByteView data) -> json::value {
    const profile::CaptureAnalysis capture(file_of(params, data, progress));
    return inspect_document(figures::inspect(capture, array_bytes_of(params)));
  };
  methods["profile.report"] = [progress](const json::object& params, ByteView data) -> json::value {
    const profile::CaptureProfile capture = profile::read_profile(file_of(params, data, progress), kReportCoarseness);
    return report_document(capture, figures::inspect(capture.analysis, array_bytes_of(params)),
                           text_of(params, "title", ""), nullptr);
  };
}

}  // namespace chunkmark::report
