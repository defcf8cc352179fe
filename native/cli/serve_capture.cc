#include "native/cli/serve_capture.h"

#include <charconv>

#include "base/error.h"
#include "native/cli/source_files.h"
#include "native/os/files.h"
#include "native/os/places.h"

namespace chunkmark::cli {
namespace {

std::uint32_t tick_of(const server::Request& request, std::string_view name) {
  const std::string_view text = request.parameter(name);
  std::uint32_t tick = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tick);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                std::string(name) + ": expected a tick, found \"" + std::string(text) + "\"");
  }
  return tick;
}

}  // namespace

void add_capture_routes(server::Router& router, const report::ServedCapture& capture,
                        const std::filesystem::path& site) {
  const os::MappedFile page(os::web_folder() / "report.html");
  const json::object document =
      capture.overview("api/v1/capture", source_files(capture.inspection().started.value_or("")));
  // A report's page asks nobody for anything; this one asks its server.
  std::string html(as_text(page.bytes()));
  const std::string_view policy = "default-src 'none';";
  const std::size_t at = html.find(policy);
  if (at == std::string::npos) throw Error(ErrorCode::kCorrupt, "report.html: expected a content security policy");
  html.insert(at + policy.size(), " connect-src 'self';");
  os::write_file(site / "capture.html", report::report_page(html, document));
  router.add({"GET",
              "/api/v1/capture",
              "The columns of a range of the capture that is served: from and to, in ticks",
              {{"type", "object"}},
              0,
              true,
              [&capture](server::Request& request, const server::Parts&) {
                try {
                  return server::text_response(
                      json::serialize(capture.detail(tick_of(request, "from"), tick_of(request, "to"))));
                } catch (const Error& error) {
                  return server::error_response(error);
                }
              }});
}

}  // namespace chunkmark::cli
