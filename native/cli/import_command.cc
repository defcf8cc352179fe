#include <memory>

#include "instrument/import/to_capture.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/figure_text.h"
#include "native/cli/written_file.h"
#include "native/os/files.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::filesystem::path file, output;
};

int run_import(const Options& options) {
  os::refuse_overwriting(options.file, options.output);
  const os::MappedFile file(options.file);
  const std::unique_ptr<capture::EventSource> source = capture::open(capture_file(file, options.file.string()));
  write_pieces(options.output, [&](const WritePiece& write) {
    imports::write_capture(*source, [&](ByteView bytes) { write(as_text(bytes)); });
  });
  if (!source->complete()) print_finding(source->problem());
  std::fprintf(stderr, "chunkmark: wrote %s\n", options.output.c_str());
  return source->complete() ? 0 : kCaptureIncomplete;
}

}  // namespace

void add_import_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "import",
      "Writes another tool's file as a capture; one that lists every allocation: of memray or heaptrack.\n\n"
      "  chunkmark import memray.bin -o memray.cmk\n\n" +
          std::string(kCaptureStatusHelp));
  command->add_option("file", options->file, "A capture of memray, not aggregated, or a file of heaptrack")->required();
  command->add_option("-o,--output", options->output, "The capture to write (.cmk)")->required();
  command->callback([options, &run] { run = [options] { return run_import(*options); }; });
}

}  // namespace chunkmark::cli
