#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/error.h"
#include "native/cli/array_bytes.h"
#include "native/cli/call_process.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/figure_text.h"
#include "native/cli/folder_guard.h"
#include "native/cli/openapi.h"
#include "native/cli/runs.h"
#include "native/cli/serve_capture.h"
#include "native/cli/serve_jobs.h"
#include "native/cli/serve_runs.h"
#include "native/cli/site_claim.h"
#include "native/cli/site_folder.h"
#include "native/os/files.h"
#include "native/server/server.h"

namespace chunkmark::cli {
namespace {

constexpr std::size_t kMinTokenBytes = 16;
constexpr std::chrono::milliseconds kLookLocally{1'000}, kLookFarAway{30'000};

// Its first line: long, and of letters that need no quoting in a cookie or an address.
std::string read_token(const std::string& file) {
  const os::MappedFile mapped(file);
  std::string token(as_text(mapped.bytes()));
  token.erase(std::min(token.size(), token.find_first_of("\r\n")));
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  if (token.size() < kMinTokenBytes || !std::all_of(token.begin(), token.end(), is_plain)) {
    throw Error(ErrorCode::kInvalidArgument, file + ": expected a token of " + std::to_string(kMinTokenBytes) +
                                                 " or more letters, digits, - _ and .");
  }
  return token;
}

// "::1" is "[::1]" in an address.
std::string in_url(const std::string& host) {
  return host.find(':') != std::string::npos && !host.starts_with('[') ? "[" + host + "]" : host;
}

struct Options {
  server::ServerOptions server;
  std::string runs = "runs";
  std::string token_file;
  std::filesystem::path capture;  // empty: none
  std::uint64_t array_bytes = 0;
  std::filesystem::path site;  // empty: a temporary folder, so that servers on several ports have nothing in common
};

std::unique_ptr<const report::ServedCapture> opened(const Options& options) {
  if (options.capture.empty()) return nullptr;
  const os::MappedFile file(options.capture);
  auto capture = std::make_unique<const report::ServedCapture>(capture_file(file, options.capture.string()),
                                                               options.array_bytes, options.capture.stem().string());
  print_findings(capture->inspection());
  return capture;
}

void run_server(Options options) {
  if (!options.token_file.empty()) options.server.guard.token = read_token(options.token_file);
  const std::string host = in_url(options.server.address.host);
  options.server.guard.hosts.push_back(host);
  std::optional<FolderGuard> temporary;
  std::optional<SiteClaim> claim;
  const std::unique_ptr<const report::ServedCapture> capture = opened(options);
  const Runs runs(options.runs);
  std::optional<RunCatalogue> catalogue;
  std::optional<RunWatch> watch;
  std::optional<StudyJobs> jobs;
  options.server.make_site = [&] {
    if (options.site.empty()) {
      temporary.emplace(new_folder_name(std::filesystem::temp_directory_path()));
      temporary->make();
    }
    const std::filesystem::path site = temporary ? temporary->path() : options.site;
    claim.emplace(site, OtherContent::kRefused);
    write_pages(site);
    catalogue.emplace(runs, site);
    return site;
  };
  options.server.add_routes = [&](server::Router& router, server::Metrics& metrics) {
    watch.emplace(*catalogue, runs.local_folder() ? kLookLocally : kLookFarAway);
    add_run_routes(router, runs, *catalogue, *watch);
    if (capture) add_capture_routes(router, *capture, temporary ? temporary->path() : options.site);
    jobs.emplace(options.runs, [&] { watch->look_now(); });
    add_job_routes(router, *jobs);
    const auto description = std::make_shared<std::string>();
    router.add({"GET",
                "/api/v1/openapi.json",
                "This description",
                {{"type", "object"}},
                0,
                false,
                [description](server::Request&, const server::Parts&) { return server::text_response(*description); }});
    *description = json::serialize(openapi_of(router));
    metrics.show("chunkmark_jobs", "gauge", "Studies that run or wait.",
                 [&] { return static_cast<double>(jobs->waiting()); });
    metrics.show("chunkmark_runs", "gauge", "Runs that are shown.",
                 [&] { return static_cast<double>(catalogue->size()); });
  };
  options.server.on_stop = [&] { catalogue->events()->close(); };
  options.server.call = call_apart;
  options.server.version = CHUNKMARK_VERSION;
  options.server.on_listening = [&](int port) {
    const char* scheme = options.server.address.certificate.empty() ? "http" : "https";
    const std::string& token = options.server.guard.token;
    std::printf("%s://%s:%d/%s%s\n", scheme, host.c_str(), port, capture ? "capture.html" : "",
                token.empty() ? "" : ("?token=" + token).c_str());
    std::fflush(stdout);
  };
  server::serve(options.server);
}

}  // namespace

void add_serve_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("serve",
                                         "Serves the site with the runs of a folder, until Ctrl-C; of a capture of any "
                                         "size a page that asks for what it shows.\n\n"
                                         "  chunkmark serve --port 8080\n"
                                         "  chunkmark serve write.cmk\n"
                                         "  chunkmark serve --runs s3://bucket/runs\n"
                                         "  chunkmark serve --host 0.0.0.0 --token-file token --tls-certificate c.pem "
                                         "--tls-key k.pem");
  command->add_option("file", options->capture,
                      "A capture (.cmk), or a file of memray, heaptrack, massif or DHAT, to show");
  add_array_bytes(*command, options->array_bytes);
  server::Address& address = options->server.address;
  command->add_option("--port", address.port, "Port; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--host", address.host, "Address to listen on; one that others reach demands a token")
      ->capture_default_str();
  command
      ->add_option("--allow-host", options->server.guard.hosts,
                   "Names that the server is asked by, besides localhost and addresses")
      ->delimiter(',');
  command->add_option("--token-file", options->token_file, "File with the token that every request must bring")
      ->check(CLI::ExistingFile);
  CLI::Option* certificate =
      command->add_option("--tls-certificate", address.certificate, "Certificate for https, a PEM file")
          ->check(CLI::ExistingFile);
  CLI::Option* key = command->add_option("--tls-key", address.key, "Its key, a PEM file")->check(CLI::ExistingFile);
  certificate->needs(key);
  key->needs(certificate);
  command
      ->add_option("--rate", options->server.guard.requests_per_second,
                   "Requests per second of one client, in the long run; 0: any number")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--runs", options->runs, "Runs: a folder or s3://BUCKET/PREFIX")
      ->check(CLI::Validator(check_runs_url, ""))
      ->capture_default_str();
  command->add_option("--site", options->site,
                      "Folder that the site is written to and served from (default: one that is removed at the end)");
  command->callback([options, &run] {
    run = [options] {
      run_server(*options);
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
