#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/figure_text.h"
#include "native/cli/text.h"
#include "native/os/files.h"
#include "native/trace/launcher.h"
#include "report/inspect_document.h"

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

std::string quantity(const json::value& bytes) {
  return bytes_text(bytes.to_number<double>());
}

// Those that grew most since begin: what was there before does not count as a copy.
json::array largest_buffers(const json::object& document) {
  json::array buffers = document.at("buffers_at_peak").as_array();
  const auto grown = [](const json::value& buffer) {
    return buffer.at("bytes").to_number<std::uint64_t>() - buffer.at("bytes_before").to_number<std::uint64_t>();
  };
  std::stable_sort(buffers.begin(), buffers.end(),
                   [&](const json::value& a, const json::value& b) { return grown(a) > grown(b); });
  while (!buffers.empty() && (buffers.size() > kLargestShown || grown(buffers.back()) == 0)) buffers.pop_back();
  return buffers;
}

// Two lines, the first of which a log can be searched for, the largest buffers by name, and what else is to be known.
void print_verdict(const json::object& document, const std::string& path) {
  std::string line = "chunkmark: ";
  if (const json::value& copies = document.at("extra_copies"); !copies.is_null()) {
    const auto count = copies.to_number<std::uint64_t>();
    line += copy_glyph(count) + " " + std::to_string(count) + (count == 1 ? " extra copy of " : " extra copies of ") +
            quantity(document.at("array_bytes")) + ", ";
  }
  line += "heap peak " + quantity(document.at("peak_heap_bytes")) + "\n  " + quantity(document.at("bytes_copied")) +
          " copied, " + quantity(document.at("bytes_in")) + " read, " + quantity(document.at("bytes_out")) +
          " written; " + path;
  std::fprintf(stderr, "%s\n", line.c_str());
  for (const json::value& buffer : largest_buffers(document)) {
    const auto blocks = buffer.at("blocks").to_number<std::uint64_t>();
    const std::string before =
        before_text(buffer.at("bytes").to_number<double>(), buffer.at("bytes_before").to_number<double>());
    std::fprintf(stderr, "  %s in %llu %s: %s%s\n", quantity(buffer.at("bytes")).c_str(),
                 static_cast<unsigned long long>(blocks), blocks == 1 ? "block" : "blocks",
                 buffer.at("site").as_string().c_str(), before.c_str());
  }
  for (const json::value& finding : document.at("findings").as_array()) {
    print_finding(std::string(finding.as_string()), "  note: ");
  }
}

// What the capture says, and the status that the command line promises.
int conclude(const Options& options, int status) {
  const os::MappedFile file(options.output);
  const profile::CaptureAnalysis capture(capture_file(file, options.output));
  const json::object document = report::inspect_document(capture, options.array_bytes);
  print_verdict(document, options.output);
  if (options.json) std::fputs(pretty_json(document).c_str(), stdout);
  if (status > 128 && sigabbrev_np(status - 128) != nullptr) {
    std::fprintf(stderr, "  note: the command's status is %d: ended by SIG%s?\n", status, sigabbrev_np(status - 128));
  } else if (status != 0) {
    std::fprintf(stderr, "  note: the command's status is %d\n", status);
  }
  if (status != 0 || !options.max_copies) return status;
  if (document.at("extra_copies").is_null()) {
    throw Error(ErrorCode::kInvalidArgument, "the number of copies cannot be told, so the gate cannot pass");
  }
  if (!document.at("marks_fit").as_bool()) {
    throw Error(ErrorCode::kInvalidArgument, "the marks do not fit (see above), so the gate cannot pass");
  }
  if (const auto& processes = capture.reader().processes(); processes.size() > 1) {
    std::fprintf(stderr, "  note: --max-copies judges process %d alone, not the other %zu\n",
                 static_cast<int>(processes[capture.main_process()].pid), processes.size() - 1);
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
  if (options.json) trace_options.output = trace::CommandOutput::kToStandardError;
  const bool progress = is_terminal(STDERR_FILENO) && !is_terminal(STDOUT_FILENO);  // else it is the command's screen
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
      "  chunkmark trace --array-bytes 100000000 --max-copies 1 -- ./my_test\n\n"
      "Exit status: the command's; 1 if it made more copies than --max-copies; 125 if it could not be traced.");
  command->add_option("-o,--output", options->output, "The capture to write")->capture_default_str();
  command->add_option("--array-bytes", options->array_bytes, "Size of the array that the command stores, in bytes")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 60));
  command->add_option("--max-copies", options->max_copies, "Fail if there are more extra copies than this")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 60))
      ->needs("--array-bytes");
  command->add_flag("--json", options->json,
                    "Print the figures as JSON; what the command prints goes to standard error");
  command->add_option("command", options->command, "The command and its arguments, after --")->required();
  command->positionals_at_end();
  command->callback([options, &run] { run = [options] { return run_trace(*options); }; });
}

}  // namespace chunkmark::cli
