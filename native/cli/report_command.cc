#include <cstdio>
#include <memory>

#include "native/cli/array_bytes.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/files.h"
#include "native/cli/places.h"
#include "native/cli/report_file.h"

namespace chunkmark::cli {

void write_report(const std::filesystem::path& capture_path, std::uint64_t array_bytes, const std::string& title,
                  const json::value& result, const std::filesystem::path& out) {
  const MappedFile page(web_folder() / "report.html");
  const MappedFile mapped(capture_path);
  const profile::CaptureFile file = capture_file(mapped, capture_path.string());
  const profile::CaptureAnalysis capture(file);
  write_file(out, report::report_page(as_text(page.bytes()),
                                      report::report_document(file, capture, array_bytes, title, result)));
}

void add_report_command(CLI::App& app, Run& run) {
  struct Options {
    std::string file, output;
    std::uint64_t array_bytes = 0;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("report",
                                         "Writes one self-contained HTML page that shows where the copies are.\n\n"
                                         "  chunkmark report write.cmk -o write.html");
  command->add_option("file", options->file, "A capture (.cmk)")->required();
  command->add_option("-o,--output", options->output, "The page to write")->required();
  add_array_bytes(*command, options->array_bytes);
  command->callback([options, &run] {
    run = [options] {
      const std::string title = std::filesystem::path(options->file).stem().string();
      write_report(options->file, options->array_bytes, title, nullptr, options->output);
      std::fprintf(stderr, "chunkmark: wrote %s\n", options->output.c_str());
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
