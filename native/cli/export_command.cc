#include <map>
#include <memory>

#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/figure_text.h"
#include "native/cli/written_file.h"
#include "native/os/files.h"
#include "report/export.h"

namespace chunkmark::cli {
namespace {

using Export = void (*)(const profile::CaptureAnalysis&, const report::WriteText&);
const std::map<std::string, Export> kExports = {{"speedscope", report::export_speedscope},
                                                {"folded", report::export_folded},
                                                {"pprof", report::export_pprof},
                                                {"csv", report::export_csv}};

struct Options {
  std::filesystem::path file, output;
  std::string format;
};

int run_export(const Options& options) {
  os::refuse_overwriting(options.file, options.output);
  const os::MappedFile file(options.file);
  const profile::CaptureAnalysis capture(capture_file(file, options.file.string()));
  if (!capture.reader().complete()) print_finding(capture.reader().problem());
  write_pieces(options.output, [&](const WritePiece& write) { kExports.at(options.format)(capture, write); });
  std::fprintf(stderr, "chunkmark: wrote %s\n", options.output.c_str());
  return capture.reader().complete() ? 0 : kCaptureIncomplete;
}

}  // namespace

void add_export_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "export",
      "Writes a capture's stacks for other programs: what each had alive at the heap peak, allocated, and left.\n\n"
      "  chunkmark export write.cmk --to speedscope -o write.speedscope.json\n"
      "  chunkmark export memray.bin --to pprof -o memray.pb.gz\n\n" +
          std::string(kCaptureStatusHelp));
  command->add_option("file", options->file, "A capture (.cmk), or a file of memray, heaptrack, massif or DHAT")
      ->required();
  command->add_option("--to", options->format, "speedscope, folded (stacks for flamegraph.pl), pprof or csv")
      ->required()
      ->check(CLI::IsMember({"speedscope", "folded", "pprof", "csv"}));
  command->add_option("-o,--output", options->output, "The file to write")->required();
  command->callback([options, &run] { run = [options] { return run_export(*options); }; });
}

}  // namespace chunkmark::cli
