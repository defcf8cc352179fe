#include <memory>

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

// Paths as they are published: what stands before FROM=TO's equals sign as what stands behind it.
class Names {
 public:
  explicit Names(const std::vector<std::string>& told) {
    for (const std::string& pair : told) {
      const std::size_t at = pair.find('=');
      pairs_.emplace_back(pair.substr(0, at), pair.substr(at + 1));
    }
  }

  std::string operator()(std::string_view text) const {
    std::string renamed(text);
    for (const auto& [from, to] : pairs_) {
      for (std::size_t at = 0; (at = renamed.find(from, at)) != std::string::npos; at += to.size()) {
        renamed.replace(at, from.size(), to);
      }
    }
    return renamed;
  }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

std::string check_pair(const std::string& pair) {
  const std::size_t at = pair.find('=');
  if (at == 0 || at == std::string::npos) return "expected FROM=TO, found " + pair;
  // They are renamed in JSON as well.
  return pair.find_first_of("\"\\") == std::string::npos ? "" : "expected no quotes and backslashes, found " + pair;
}

void trim_capture(const fs::path& from, const fs::path& to, const Names& names) {
  os::refuse_overwriting(from, to);
  const os::MappedFile file(from);
  write_pieces(to, [&](const WritePiece& write) {
    capture::write_trimmed([&] { return capture::open(trace::capture_file(file, from.string())); },
                           [&](ByteView bytes) { write(as_text(bytes)); }, names);
  });
}

// The record, and its captures trimmed. Reports are left out: `site` makes those that are not there; so are captures of
// the transaction study, which trace whole series.
void trim_run(const fs::path& from, const fs::path& to, const Names& names) {
  json::object record = read_record(from / "run.json");
  fs::create_directories(to);
  for (json::value& result : record.at("results").as_array()) {
    if (record::kind_of(record) == record::kVersionsKind) {
      result.as_object()["capture"] = nullptr;
      continue;
    }
    const fs::path capture = file_of_result(from, result, "capture");
    if (!fs::is_regular_file(capture)) continue;
    const fs::path trimmed = file_of_result(to, result, "capture");
    fs::create_directories(trimmed.parent_path());
    trim_capture(capture, trimmed, names);
  }
  os::write_file(to / "run.json", names(pretty_json(record)));
}

}  // namespace

void add_trim_command(CLI::App& app, Run& run) {
  struct Options {
    fs::path file, output;
    std::vector<std::string> names;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("trim",
                         "Writes a capture, or a run, of what happened between the marks \"begin\" and \"end\": the "
                         "same figures in a file small enough to publish.\n\n"
                         "  chunkmark trim write.cmk -o small.cmk\n"
                         "  chunkmark trim runs/copies-20261122T100000Z-77 -o site/runs/copies-20261122T100000Z-77");
  command->add_option("file", options->file, "A capture (.cmk) or a run's folder")->required();
  command->add_option("-o,--output", options->output, "The capture to write, or the folder")->required();
  command->add_option("--rename", options->names, "FROM=TO: paths, commands and names as they are published")
      ->check(CLI::Validator(check_pair, "FROM=TO"));
  command->callback([options, &run] {
    run = [options] {
      const Names names(options->names);
      if (fs::is_directory(options->file)) {
        trim_run(options->file, options->output, names);
      } else {
        trim_capture(options->file, options->output, names);
      }
      std::fprintf(stderr, "chunkmark: wrote %s\n", options->output.c_str());
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
