#include <cstdio>
#include <memory>

#include "native/cli/array_bytes.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/figure_text.h"
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
  return cli::number(object.at(key));
}

void print_row(const char* name, const std::string& value) {
  std::printf("%s  %s\n", padded_left(name, 14).c_str(), value.c_str());
}

// What is worth a line of the buffers: 1 % of the heap's peak, but always the largest few.
constexpr double kShownShare = 0.01;
constexpr std::size_t kAlwaysShown = 3;

std::string copies_text(const json::object& document) {
  if (document.at("array_bytes").is_null()) return "unknown: tell the array's size with --array-bytes";
  if (document.at("extra_copies").is_null()) return kUnknown;
  const auto copies = document.at("extra_copies").to_number<std::uint64_t>();
  return copy_glyph(copies) + " " + std::to_string(copies) + " of " + bytes_text(number(document, "array_bytes")) +
         ", extra heap " + decimal(number(document, "extra_heap"), 4) + " of the array (" +
         bytes_text(number(document, "scratch_bytes")) + ")";
}

std::string peak_text(const json::object& document) {
  return at_least(document, document.at("peak_heap_bytes"),
                  bytes_text(number(document, "peak_heap_bytes")) + " at " + decimal(number(document, "peak_ms"), 1) +
                      " ms, " + bytes_text(number(document, "malloc_peak_bytes")) + " of it by the allocator");
}

std::string copied_text(const json::object& document) {
  const bool known = !document.at("bytes_copied").is_null();
  const std::string copied =
      known ? bytes_text(number(document, "bytes_copied")) + " in " + json::serialize(document.at("copies")) + " calls"
            : kUnknown;
  const json::value& moved = document.at("bytes_realloc_moved");
  if (moved.is_null()) return copied;
  return copied + ", " + at_least(document, moved, bytes_text(cli::number(moved)) + " more moved by realloc");
}

std::string transferred_text(const json::object& document) {
  return at_least(
      document, document.at("bytes_in"),
      bytes_text(number(document, "bytes_in")) + " in, " + bytes_text(number(document, "bytes_out")) + " out");
}

std::string resident_text(const json::object& document) {
  const json::object& resident = document.at("resident").as_object();
  if (resident.at("anonymous_bytes").is_null()) return kUnknown;
  return bytes_text(number(resident, "anonymous_bytes")) + " anonymous, " + bytes_text(number(resident, "file_bytes")) +
         " of files";
}

std::string duration_text(const json::object& document) {
  const bool known = !document.at("duration_seconds").is_null();
  std::string text = known ? decimal(number(document, "duration_seconds"), 3) + " s" : kUnknown;
  return text;
}

std::string window_text(const json::object& window) {
  return decimal(number(window, "begin_ms"), 1) + " to " + decimal(number(window, "end_ms"), 1) +
         " ms, between the marks begin and end";
}

void print_buffers(const json::object& document) {
  const double peak = number(document, "peak_heap_bytes");
  double shown_bytes = 0;
  std::size_t shown = 0;
  if (document.at("peak_heap_bytes").is_null()) {
    std::printf("\nAlive at the heap peak: %s\n", kUnknown);
    return;
  }
  std::printf("\nAlive at the heap peak%s:\n", so_far(document) ? " so far" : "");
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
  print_row("command", command.is_string() ? std::string(command.get_string()) : "unknown");
  print_row("extra copies", copies_text(document));
  print_row("heap peak", peak_text(document));
  print_row("live at end", bytes_or_unknown(document.at("live_at_end_bytes")));
  const json::value& allocations = document.at("allocations");
  print_row("allocations", at_least(document, allocations, json::serialize(allocations)));
  print_row("copied", copied_text(document));
  print_row("transferred", transferred_text(document));
  print_row("resident", resident_text(document));
  print_row("duration", duration_text(document));
  if (document.at("window").is_object()) print_row("figures of", window_text(document.at("window").get_object()));
  print_buffers(document);
}

int run_inspect(const Options& options) {
  const os::MappedFile file(options.file);
  const profile::CaptureAnalysis capture(capture_file(file, options.file));
  const json::object document = report::inspect_document(capture, options.array_bytes);
  print_findings(document);
  if (options.json) {
    std::fputs(pretty_json(document).c_str(), stdout);
  } else {
    print_document(document);
  }
  return capture.reader().complete() ? 0 : kCaptureIncomplete;
}

}  // namespace

void add_inspect_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect",
                                         "Prints the facts of a capture.\n\n"
                                         "  chunkmark inspect write.cmk --array-bytes 100000000\n\n" +
                                             std::string(kCaptureStatusHelp));
  command->add_option("file", options->file, "A capture (.cmk)")->required();
  add_array_bytes(*command, options->array_bytes);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_inspect(*options); }; });
}

}  // namespace chunkmark::cli
