#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/files.h"
#include "native/cli/text.h"
#include "native/trace/launcher.h"
#include "report/inspect_document.h"
#include "study/copy_figures.h"

namespace chunkmark::cli {
namespace {

constexpr int kTracingFailed = 125;  // as env, timeout and nice say it
constexpr std::size_t kLargestShown = 3;

struct Options {
  std::string output = "chunkmark.cmk";
  std::uint64_t array_bytes = 0;
  std::optional<std::uint64_t> max_copies;
  bool json = false;
  std::vector<std::string> command;
};

// One line that a log can be searched for, then the largest buffers by name.
void print_verdict(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes, const std::string& path) {
  const profile::Totals& totals = capture.main().totals();
  std::string line = "chunkmark: ";
  study::CopyFigures figures;
  if (array_bytes > 0) figures = study::copy_figures(capture, array_bytes);
  if (array_bytes > 0 && !figures.array_seen) {
    line += "no buffer of " + bytes_text(static_cast<double>(array_bytes)) + " seen, ";
  } else if (array_bytes > 0) {
    line += copy_glyph(figures.extra_copies) + " " + std::to_string(figures.extra_copies) +
            (figures.extra_copies == 1 ? " extra copy" : " extra copies") + " of " +
            bytes_text(static_cast<double>(array_bytes)) + ", ";
  }
  line += "heap peak " + bytes_text(static_cast<double>(totals.peak_heap_bytes)) + ", " +
          bytes_text(static_cast<double>(totals.bytes_copied)) + " copied, " +
          bytes_text(static_cast<double>(totals.bytes_in)) + " read, " +
          bytes_text(static_cast<double>(totals.bytes_out)) + " written; " + path;
  std::fprintf(stderr, "%s\n", line.c_str());
  std::size_t shown = 0;
  for (const profile::Site& site : profile::sites_at_peak(capture.main(), capture.reader().stacks())) {
    if (shown++ == kLargestShown) break;
    std::fprintf(stderr, "  %s in %llu %s: %s\n", bytes_text(static_cast<double>(site.bytes)).c_str(),
                 static_cast<unsigned long long>(site.blocks), site.blocks == 1 ? "block" : "blocks",
                 site.name.c_str());
  }
}

// What the capture says, and the status that the command line promises.
int conclude(const Options& options, int status) {
  const MappedFile file(options.output);
  const profile::CaptureAnalysis capture(capture_file(file, options.output));
  print_verdict(capture, options.array_bytes, options.output);
  const json::object document = report::inspect_document(capture, options.array_bytes);
  if (options.json) std::fputs(pretty_json(document).c_str(), stdout);
  if (status != 0 || !options.max_copies) return status;
  if (document.at("extra_copies").is_null()) {
    throw Error(ErrorCode::kInvalidArgument, "the number of copies cannot be told, so the gate cannot pass");
  }
  const auto copies = document.at("extra_copies").to_number<std::uint64_t>();
  if (copies <= *options.max_copies) return status;
  std::fprintf(stderr, "chunkmark: expected at most %llu extra copies, found %llu\n",
               static_cast<unsigned long long>(*options.max_copies), static_cast<unsigned long long>(copies));
  return 1;
}

int run_trace(const Options& options) {
  trace::TraceOptions trace_options;
  trace_options.command = options.command;
  trace_options.capture_path = options.output;
  trace_options.array_bytes = options.array_bytes;
  const bool progress = is_terminal(STDERR_FILENO);
  if (progress) {
    trace_options.progress = [](std::uint64_t events) {
      std::fprintf(stderr, "\rchunkmark: tracing, %llu events ", static_cast<unsigned long long>(events));
    };
  }
  int status = 0;
  try {
    const trace::TraceResult result = trace::trace_command(trace_options);
    status = result.exit_status;
    if (progress) std::fprintf(stderr, "\r\033[K");
    return conclude(options, status);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%schunkmark: %s\n", progress ? "\r\033[K" : "", error.what());
    return kTracingFailed;
  }
}

}  // namespace

void add_trace_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "trace",
      "Runs any command and records its allocations, copies and transfers.\n\n"
      "  chunkmark trace -o write.cmk --array-bytes 100000000 -- python3 write.py\n"
      "  chunkmark trace --array-bytes 100000000 --max-copies 1 -- ./my_test     (a gate for your CI)\n\n"
      "Exit status: the command's; 1 if it made more copies than --max-copies; 125 if it could not be traced.");
  command->add_option("-o,--output", options->output, "The capture to write")->capture_default_str();
  command->add_option("--array-bytes", options->array_bytes, "Size of the array that the command stores, in bytes")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 60));
  command->add_option("--max-copies", options->max_copies, "Fail if there are more extra copies than this")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 60))
      ->needs("--array-bytes");
  command->add_flag("--json", options->json, "Print the figures as JSON (after what the command prints)");
  command->add_option("command", options->command, "The command and its arguments, after --")->required();
  command->positionals_at_end();
  command->callback([options, &run] { run = [options] { return run_trace(*options); }; });
}

}  // namespace chunkmark::cli
