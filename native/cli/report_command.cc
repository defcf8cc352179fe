#include <cstdio>
#include <memory>

#include "instrument/import/dhat.h"
#include "native/cli/array_bytes.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/figure_text.h"
#include "native/cli/report_file.h"
#include "native/os/files.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::filesystem::path file, output;
  std::uint64_t array_bytes = 0;
};

ReportNotes write(const Options& options) {
  if (std::filesystem::is_directory(options.file)) {
    return write_run_report(options.file / "run.json", options.output);
  }
  os::refuse_overwriting(options.file, options.output);
  if (options.file.extension() == ".json" && !imports::is_dhat(os::MappedFile(options.file).bytes())) {
    return write_run_report(options.file, options.output);
  }
  return write_report(options.file, options.array_bytes, options.file.stem().string(), nullptr, options.output);
}

int run_report(const Options& options) {
  const ReportNotes notes = write(options);
  for (const std::string& finding : notes.findings) print_finding(finding);
  std::fprintf(stderr, "chunkmark: wrote %s\n", options.output.c_str());
  return notes.complete ? 0 : kCaptureIncomplete;
}

}  // namespace

void add_report_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "report",
      "Writes one self-contained HTML page that shows where the copies are: of a capture, or of a whole run.\n\n"
      "  chunkmark report write.cmk -o write.html\n"
      "  chunkmark report runs/copies-20261122T100000Z-77 -o run.html\n\n" +
          std::string(kCaptureStatusHelp));
  command
      ->add_option(
          "file", options->file,
          "A capture (.cmk), a file of memray, heaptrack, massif or DHAT, a run record (run.json) or a run's folder")
      ->required();
  command->add_option("-o,--output", options->output, "The page to write")->required();
  add_array_bytes(*command, options->array_bytes);
  command->callback([options, &run] { run = [options] { return run_report(*options); }; });
}

}  // namespace chunkmark::cli
