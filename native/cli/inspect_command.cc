#include <cstdio>
#include <memory>

#include "native/cli/array_bytes.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/text.h"
#include "native/os/files.h"
#include "report/inspect_document.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::string file;
  std::uint64_t array_bytes = 0;
  bool json = false;
};

double number(const json::object& object, std::string_view key) {
  const json::value& value = object.at(key);
  return value.is_number() ? value.to_number<double>() : 0;
}

void print_row(const char* name, const std::string& value) {
  std::printf("%s  %s\n", padded_left(name, 14).c_str(), value.c_str());
}

// What is worth a line of the buffers: 1 % of the heap's peak, but always the largest few.
constexpr double kShownShare = 0.01;
constexpr std::size_t kAlwaysShown = 3;

std::string copies_text(const json::object& document) {
  if (document.at("array_bytes").is_null()) return "unknown: tell the array's size with --array-bytes";
  if (document.at("extra_copies").is_null()) return "unknown (see above)";
  const auto copies = document.at("extra_copies").to_number<std::uint64_t>();
  return copy_glyph(copies) + " " + std::to_string(copies) + " of " + bytes_text(number(document, "array_bytes")) +
         ", extra heap " + decimal(number(document, "extra_heap"), 4) + " of the array (" +
         bytes_text(number(document, "scratch_bytes")) + ")";
}

std::string duration_text(const json::object& document) {
  std::string text = decimal(number(document, "duration_seconds"), 3) + " s";
  if (const json::object* window = document.at("window").if_object(); window != nullptr) {
    text += "; the figures are of " + decimal(number(*window, "begin_ms"), 1) + " to " +
            decimal(number(*window, "end_ms"), 1) + " ms, between the marks begin and end";
  }
  return text;
}

void print_buffers(const json::object& document) {
  const double peak = number(document, "peak_heap_bytes");
  double shown_bytes = 0;
  std::size_t shown = 0;
  std::printf("\nAlive at the heap peak:\n");
  const auto print = [](double bytes, const std::string& what) {
    std::printf("  %s %s\n", padded_left(bytes_text(bytes), 9).c_str(), what.c_str());
  };
  for (const json::value& buffer : document.at("buffers_at_peak").as_array()) {
    const json::object& site = buffer.as_object();
    if (shown >= kAlwaysShown && number(site, "bytes") < kShownShare * peak) break;
    print(number(site, "bytes"), "in " + json::serialize(site.at("blocks")) + ": " +
                                     std::string(site.at("site").get_string()) +
                                     before_text(number(site, "bytes"), number(site, "bytes_before")));
    shown_bytes += number(site, "bytes");
    ++shown;
  }
  if (peak > shown_bytes) print(peak - shown_bytes, "of smaller ones");
}

void print_document(const json::object& document) {
  const json::value& command = document.at("command");
  const auto bytes = [&](std::string_view key) { return bytes_text(number(document, key)); };
  print_row("command", command.is_string() ? std::string(command.get_string()) : "unknown");
  print_row("extra copies", copies_text(document));
  print_row("heap peak", bytes("peak_heap_bytes") + " at " + decimal(number(document, "peak_ms"), 1) + " ms, " +
                             bytes("malloc_peak_bytes") + " of it by the allocator");
  print_row("live at end", bytes("live_at_end_bytes"));
  print_row("allocations", json::serialize(document.at("allocations")));
  print_row("copied", bytes("bytes_copied") + " in " + json::serialize(document.at("copies")) + " calls, " +
                          bytes("bytes_realloc_moved") + " more moved by realloc");
  print_row("transferred", bytes("bytes_in") + " in, " + bytes("bytes_out") + " out");
  const json::object& resident = document.at("resident").as_object();
  print_row("resident", bytes_text(number(resident, "anonymous_bytes")) + " anonymous, " +
                            bytes_text(number(resident, "file_bytes")) + " of files");
  print_row("duration", duration_text(document));
  print_buffers(document);
}

int run_inspect(const Options& options) {
  const os::MappedFile file(options.file);
  const profile::CaptureAnalysis capture(capture_file(file, options.file));
  const json::object document = report::inspect_document(capture, options.array_bytes);
  for (const json::value& finding : document.at("findings").as_array()) {
    std::fprintf(stderr, "chunkmark: %s\n", finding.get_string().c_str());
  }
  if (options.json) {
    std::fputs(pretty_json(document).c_str(), stdout);
  } else {
    print_document(document);
  }
  return 0;
}

}  // namespace

void add_inspect_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect",
                                         "Prints the facts of a capture.\n\n"
                                         "  chunkmark inspect write.cmk --array-bytes 100000000");
  command->add_option("file", options->file, "A capture (.cmk)")->required();
  add_array_bytes(*command, options->array_bytes);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_inspect(*options); }; });
}

}  // namespace chunkmark::cli
