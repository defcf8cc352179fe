#include <memory>

#include "base/error.h"
#include "instrument/capture/trim.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/report_file.h"
#include "native/cli/written_file.h"
#include "native/os/files.h"
#include "record/run_record.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

void trim_capture(const fs::path& from, const fs::path& to) {
  os::refuse_overwriting(from, to);
  const os::MappedFile file(from);
  write_pieces(to, [&](const WritePiece& write) {
    capture::write_trimmed([&] { return capture::open(trace::capture_file(file, from.string())); },
                           [&](ByteView bytes) { write(as_text(bytes)); });
  });
}

// The record as it is, and its captures trimmed. Reports are left out: `site` makes those that are not there.
void trim_run(const fs::path& from, const fs::path& to) {
  json::object record;
  {
    const os::MappedFile file(from / "run.json");
    record = record::read_run(as_text(file.bytes()), (from / "run.json").string());
  }
  fs::create_directories(to);
  for (const json::value& result : record.at("results").as_array()) {
    const fs::path capture = file_of_result(from, result, "capture");
    if (!fs::is_regular_file(capture)) continue;
    const fs::path trimmed = file_of_result(to, result, "capture");
    fs::create_directories(trimmed.parent_path());
    trim_capture(capture, trimmed);
  }
  fs::copy_file(from / "run.json", to / "run.json", fs::copy_options::overwrite_existing);
}

}  // namespace

void add_trim_command(CLI::App& app, Run& run) {
  struct Options {
    fs::path file, output;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("trim",
                         "Writes a capture, or a run, of what happened between the marks \"begin\" and \"end\": the "
                         "same figures in a file "
                         "small enough to publish.\n\n"
                         "  chunkmark trim write.cmk -o small.cmk\n"
                         "  chunkmark trim runs/copies-20261122T100000Z-77 -o site/runs/copies-20261122T100000Z-77");
  command->add_option("file", options->file, "A capture (.cmk) or a run's folder")->required();
  command->add_option("-o,--output", options->output, "The capture to write, or the folder")->required();
  command->callback([options, &run] {
    run = [options] {
      if (fs::is_directory(options->file)) {
        trim_run(options->file, options->output);
      } else {
        trim_capture(options->file, options->output);
      }
      std::fprintf(stderr, "chunkmark: wrote %s\n", options->output.c_str());
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
