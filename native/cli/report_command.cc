#include <cstdio>
#include <memory>

#include "native/cli/array_bytes.h"
#include "native/cli/commands.h"
#include "native/cli/report_file.h"
#include "native/os/files.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::filesystem::path file, output;
  std::uint64_t array_bytes = 0;
};

void write(const Options& options) {
  if (std::filesystem::is_directory(options.file)) {
    write_run_report(options.file / "run.json", options.output);
  } else if (options.file.extension() == ".json") {
    os::refuse_overwriting(options.file, options.output);
    write_run_report(options.file, options.output);
  } else {
    os::refuse_overwriting(options.file, options.output);
    write_report(options.file, options.array_bytes, options.file.stem().string(), nullptr, options.output);
  }
}

}  // namespace

void add_report_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "report",
      "Writes one self-contained HTML page that shows where the copies are: of a capture, or of a whole run.\n\n"
      "  chunkmark report write.cmk -o write.html\n"
      "  chunkmark report runs/copies-20261122T100000Z-77 -o run.html");
  command->add_option("file", options->file, "A capture (.cmk), a run record (run.json) or a run's folder")->required();
  command->add_option("-o,--output", options->output, "The page to write")->required();
  add_array_bytes(*command, options->array_bytes);
  command->callback([options, &run] {
    run = [options] {
      write(*options);
      std::fprintf(stderr, "chunkmark: wrote %s\n", options->output.c_str());
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
