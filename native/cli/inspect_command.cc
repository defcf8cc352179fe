#include <cstdio>
#include <memory>

#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/files.h"
#include "native/cli/text.h"
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

void print_document(const json::object& document) {
  const auto text = [&](std::string_view key) {
    const json::value& value = document.at(key);
    return value.is_string() ? std::string(value.get_string()) : std::string("unknown");
  };
  const auto bytes = [&](std::string_view key) { return bytes_text(number(document, key)); };
  print_row("command", text("command"));
  print_row("duration", decimal(number(document, "duration_seconds"), 3) + " s");
  if (!document.at("extra_copies").is_null()) {
    const auto copies = document.at("extra_copies").to_number<std::uint64_t>();
    print_row("extra copies", copy_glyph(copies) + " " + std::to_string(copies) + " of " + bytes("array_bytes"));
    print_row("extra heap", decimal(number(document, "extra_heap"), 4) + " of the array");
    print_row("scratch", bytes("scratch_bytes"));
  }
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
  std::printf("\nAlive at the heap peak:\n");
  for (const json::value& buffer : document.at("buffers_at_peak").as_array()) {
    const json::object& site = buffer.as_object();
    std::printf("  %s in %s: %s\n", padded_left(bytes_text(number(site, "bytes")), 9).c_str(),
                json::serialize(site.at("blocks")).c_str(), site.at("site").get_string().c_str());
  }
}

int run_inspect(const Options& options) {
  const MappedFile file(options.file);
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
  command
      ->add_option("--array-bytes", options->array_bytes,
                   "Size of the array that was stored, in bytes (default: what the capture says)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 60));
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_inspect(*options); }; });
}

}  // namespace chunkmark::cli
