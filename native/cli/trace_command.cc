#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "native/cli/array_bytes.h"
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
constexpr std::size_t kMaxBuffersShown = 3;

struct Options {
  std::string output = "chunkmark.cmk";
  std::uint64_t array_bytes = 0;
  std::optional<std::uint64_t> max_copies;
  bool json = false;
  bool no_fingerprints = false;
  std::vector<std::string> command;
};

// Those that grew most since begin: what was there before does not count as a copy.
std::vector<figures::Buffer> largest_buffers(const figures::Inspection& inspection) {
  std::vector<figures::Buffer> buffers = inspection.buffers_at_peak;
  std::stable_sort(buffers.begin(), buffers.end(),
                   [](const figures::Buffer& a, const figures::Buffer& b) { return a.grown() > b.grown(); });
  while (!buffers.empty() && (buffers.size() > kMaxBuffersShown || buffers.back().grown() == 0)) buffers.pop_back();
  return buffers;
}

// Two lines, the first of which a log can be searched for, the largest buffers by name, and what else is to be known.
void print_verdict(const figures::Inspection& inspection, const std::string& path) {
  std::string line = "chunkmark: ";
  if (inspection.copy) {
    const figures::CopyFigures& copy = *inspection.copy;
    line += copy_glyph(*copy.extra_copies, copy.proven_copies.value_or(0)) + " " + std::to_string(*copy.extra_copies) +
            (copy.extra_copies == 1 ? " extra copy of " : " extra copies of ") +
            bytes_or_unknown(inspection.array_bytes) + proven_text(copy) + ", ";
  }
  line += "heap peak " + bytes_or_unknown(inspection.peak_heap_bytes);
  if (!inspection.window) line += " of the whole run, start-up included";
  line += "\n  " + bytes_or_unknown(inspection.bytes_copied) + " copied, " + bytes_or_unknown(inspection.bytes_in) +
          " read, " + bytes_or_unknown(inspection.bytes_out) + " written; " + path;
  std::fprintf(stderr, "%s\n", line.c_str());
  for (const figures::Buffer& buffer : largest_buffers(inspection)) {
    const auto bytes = static_cast<double>(buffer.bytes);
    // Without an array's size to count in, the share of the peak.
    const std::string share =
        inspection.copy || inspection.peak_heap_bytes.value_or(0) == 0
            ? ""
            : " (" + decimal(100 * bytes / static_cast<double>(*inspection.peak_heap_bytes), 0) + " %)";
    std::fprintf(stderr, "  %s%s in %llu %s: %s%s%s%s\n", bytes_text(bytes).c_str(), share.c_str(),
                 static_cast<unsigned long long>(buffer.blocks), buffer.blocks == 1 ? "block" : "blocks",
                 buffer.site.c_str(), pages_text(buffer).c_str(),
                 before_text(bytes, static_cast<double>(buffer.bytes_before)).c_str(), content_text(buffer).c_str());
  }
  for (const std::string& finding : inspection.findings) print_finding(finding, "  note: ");
}

// Whether the command passes --max-copies. Throws if the copies cannot be counted: a gate does not pass by default.
bool passes_gate(const Options& options, const profile::CaptureAnalysis& capture,
                 const figures::Inspection& inspection) {
  if (!inspection.copy) {
    throw Error(ErrorCode::kInvalidArgument, "--max-copies: the extra copies cannot be counted (see above)");
  }
  if (!inspection.marks_fit) {
    throw Error(ErrorCode::kInvalidArgument, "--max-copies: expected the marks begin and end once each (see above)");
  }
  if (const auto& processes = capture.reader().processes(); processes.size() > 1) {
    std::fprintf(stderr, "  note: --max-copies judges process %d alone, not the other %zu\n",
                 static_cast<int>(processes[capture.main_process()].pid), processes.size() - 1);
  }
  if (!inspection.untraced.empty()) {
    std::fprintf(stderr, "  note: --max-copies does not judge what could not be traced\n");
  }
  const std::uint64_t copies = *inspection.copy->extra_copies;
  if (copies <= *options.max_copies) return true;
  std::fprintf(stderr, "chunkmark: expected at most %llu extra copies, found %llu\n",
               static_cast<unsigned long long>(*options.max_copies), static_cast<unsigned long long>(copies));
  return false;
}

// What the capture says, and the status that the command line promises.
int conclude(const Options& options, const trace::TraceResult& result) {
  const os::MappedFile file(options.output);
  const profile::CaptureAnalysis capture(capture_file(file, options.output));
  const figures::Inspection inspection = figures::inspect(capture, options.array_bytes);
  if (result.processes > 0) {
    print_verdict(inspection, options.output);
  } else {
    for (const std::string& finding : inspection.findings) print_finding(finding, "  note: ");
  }
  if (options.json) std::fputs(pretty_json(report::inspect_document(inspection)).c_str(), stdout);
  const int status = result.exit_status;
  if (const char* name = sigabbrev_np(result.command_signal); result.command_signal != 0 && name != nullptr) {
    std::fprintf(stderr, "  note: it was ended by SIG%s\n", name);
  }
  if (status != 0 || !options.max_copies) return status;
  if (result.command_untraced) {
    throw Error(ErrorCode::kUnsupported, "--max-copies: the command could not be traced (see above)");
  }
  return passes_gate(options, capture, inspection) ? 0 : 1;
}

int run_trace(const Options& options) {
  trace::TraceOptions trace_options;
  trace_options.command = options.command;
  trace_options.capture_path = options.output;
  trace_options.array_bytes = options.array_bytes;
  trace_options.fingerprints = !options.no_fingerprints;
  if (options.json) trace_options.output = trace::CommandOutput::kToStandardError;
  trace_options.untraceable = [](const std::string& line) { std::fprintf(stderr, "chunkmark: %s\n", line.c_str()); };
  bool shown = false;  // a line of progress, to be wiped away
  const bool terminal = is_terminal(STDERR_FILENO);
  if (terminal && !is_terminal(STDOUT_FILENO)) {  // else it is the command's screen
    trace_options.progress = [&shown](std::uint64_t events) {
      shown = true;
      std::fprintf(stderr, "\rchunkmark: tracing, %llu events ", static_cast<unsigned long long>(events));
    };
  }
  if (terminal) {  // the command has ended by then
    trace_options.naming_progress = [&shown](std::uint64_t done, std::uint64_t total) {
      shown = true;
      std::fprintf(stderr, "\r\033[Kchunkmark: looking up names, %llu of %llu ", static_cast<unsigned long long>(done),
                   static_cast<unsigned long long>(total));
    };
  }
  try {
    const trace::TraceResult result = trace::trace_command(trace_options);
    if (shown) std::fprintf(stderr, "\r\033[K");
    return conclude(options, result);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%schunkmark: %s\n", shown ? "\r\033[K" : "", error.what());
    return kTracingFailed;
  }
}

}  // namespace

void add_trace_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("trace",
                                         "Runs a command and records its allocations, copies and transfers.\n\n"
                                         "  chunkmark trace -o write.cmk --array-bytes 100000000 -- python3 write.py\n"
                                         "  chunkmark trace --array-bytes 100000000 --max-copies 1 -- ./my_test\n\n"
                                         "Exit status: that of the command; 1 if it made more extra copies than "
                                         "--max-copies; 125 if it cannot be traced, or its copies cannot be counted.");
  command->add_option("-o,--output", options->output, "The capture to write")->capture_default_str();
  command->add_option("--array-bytes", options->array_bytes, "Size of the array that the command stores, in bytes")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 60));
  command->add_option("--max-copies", options->max_copies, "Fail if there are more extra copies than this many")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 60))
      ->needs("--array-bytes");
  command->add_flag("--json", options->json,
                    "Print the figures as JSON; what the command prints goes to standard error");
  add_no_fingerprints(*command, options->no_fingerprints);
  command->add_option("command", options->command, "The command and its arguments, after --")->required();
  command->positionals_at_end();
  command->callback([options, &run] { run = [options] { return run_trace(*options); }; });
}

}  // namespace chunkmark::cli
