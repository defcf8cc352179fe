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

using figures::Inspection;

struct Options {
  std::string file;
  std::uint64_t array_bytes = 0;
  bool json = false;
};

void print_row(const char* name, const std::string& value) {
  std::printf("%s  %s\n", padded_left(name, 14).c_str(), value.c_str());
}

// What is worth a line of the buffers: 1 % of the heap's peak, but always the largest few.
constexpr double kShownShare = 0.01;
constexpr std::size_t kAlwaysShown = 3;

std::string copies_text(const Inspection& inspection) {
  if (!inspection.array_bytes) return "unknown: tell the array's size with --array-bytes";
  if (!inspection.copy) return kUnknown;
  const figures::CopyFigures& copy = *inspection.copy;
  return copy_glyph(*copy.extra_copies, copy.proven_copies.value_or(0)) + " " + std::to_string(*copy.extra_copies) +
         " of " + bytes_text(static_cast<double>(copy.array_bytes)) + proven_text(copy) + ", extra heap " +
         decimal(*copy.extra_heap, 4) + " of the array (" + bytes_text(static_cast<double>(*copy.scratch_bytes)) + ")";
}

std::string milliseconds(std::uint64_t ns) {
  return decimal(static_cast<double>(ns) / 1e6, 1);
}

std::string peak_text(const Inspection& inspection) {
  return at_least(inspection, inspection.peak_heap_bytes.has_value(),
                  bytes_or_unknown(inspection.peak_heap_bytes) + " at " + milliseconds(inspection.peak_ns.value_or(0)) +
                      " ms, " + bytes_or_unknown(inspection.malloc_peak_bytes) + " of it by the allocator; " +
                      bytes_or_unknown(inspection.mapped_peak_bytes) + " with all that is mapped");
}

// Without an array's size, what there is to say of the peak; "" where nothing is.
std::string largest_text(const Inspection& inspection) {
  if (inspection.peak_heap_bytes.value_or(0) == 0 || inspection.buffers_at_peak.empty()) return "";
  const figures::Buffer& largest = inspection.buffers_at_peak.front();
  const double share = static_cast<double>(largest.bytes) / static_cast<double>(*inspection.peak_heap_bytes);
  return decimal(100 * share, 0) + " % of the peak: " + largest.site;
}

std::string copied_text(const Inspection& inspection) {
  std::string copied = bytes_or_unknown(inspection.bytes_copied);
  if (inspection.copy_calls) copied += " in " + count_or_unknown(inspection.copy_calls) + " calls";
  if (!inspection.bytes_realloc_moved) return copied;
  return copied + ", " +
         at_least(inspection, true, bytes_or_unknown(inspection.bytes_realloc_moved) + " more moved by realloc");
}

std::string transferred_text(const Inspection& inspection) {
  return at_least(inspection, inspection.bytes_in.has_value(),
                  bytes_or_unknown(inspection.bytes_in) + " in, " + bytes_or_unknown(inspection.bytes_out) + " out");
}

std::string resident_text(const figures::Resident& resident) {
  if (!resident.anonymous_bytes) return kUnknown;
  return bytes_or_unknown(resident.anonymous_bytes) + " anonymous, " + bytes_or_unknown(resident.file_bytes) +
         " of files";
}

std::string duration_text(figures::Figure ns) {
  return ns ? decimal(static_cast<double>(*ns) / 1e9, 3) + " s" : kUnknown;
}

std::string window_text(const figures::Window& window) {
  return milliseconds(window.begin_ns) + " to " + milliseconds(window.end_ns) + " ms, between the marks begin and end";
}

void print_buffers(const Inspection& inspection) {
  if (!inspection.peak_heap_bytes) {
    std::printf("\nAlive at the heap peak: %s\n", kUnknown);
    return;
  }
  std::printf("\nAlive at the heap peak%s:\n", inspection.is_so_far() ? " so far" : "");
  const auto print = [](double bytes, const std::string& what) {
    std::printf("  %s %s\n", padded_left(bytes_text(bytes), 9).c_str(), what.c_str());
  };
  const auto peak = static_cast<double>(*inspection.peak_heap_bytes);
  double shown_bytes = 0;
  std::size_t shown = 0;
  for (const figures::Buffer& buffer : inspection.buffers_at_peak) {
    const auto bytes = static_cast<double>(buffer.bytes);
    if (shown >= kAlwaysShown && bytes < kShownShare * peak) break;
    const std::string blocks = buffer.blocks > 0 ? "in " + std::to_string(buffer.blocks) + ": " : "";
    print(bytes, blocks + buffer.site + pages_text(buffer) +
                     before_text(bytes, static_cast<double>(buffer.bytes_before)) + content_text(buffer));
    shown_bytes += bytes;
    ++shown;
  }
  if (peak > shown_bytes) print(peak - shown_bytes, "of smaller ones");
}

void print_inspection(const Inspection& inspection) {
  print_row("command", inspection.command.value_or("unknown"));
  print_row("extra copies", copies_text(inspection));
  print_row("heap peak", peak_text(inspection));
  if (const std::string largest = largest_text(inspection); !inspection.array_bytes && !largest.empty()) {
    print_row("largest", largest);
  }
  if (inspection.copy && inspection.copy->bytes_duplicated) {
    print_row("duplicated", bytes_or_unknown(inspection.copy->bytes_duplicated) + " at the peak, by content");
  }
  print_row("live at end", bytes_or_unknown(inspection.live_at_end_bytes));
  print_row("allocations",
            at_least(inspection, inspection.allocations.has_value(), count_or_unknown(inspection.allocations)));
  print_row("copied", copied_text(inspection));
  print_row("transferred", transferred_text(inspection));
  print_row("resident", resident_text(inspection.resident));
  print_row("duration", duration_text(inspection.duration_ns));
  if (inspection.window) print_row("figures of", window_text(*inspection.window));
  print_buffers(inspection);
  if (!inspection.conclusions.empty()) std::printf("\nShown of copies:\n");
  for (const std::string& conclusion : inspection.conclusions)
    std::printf("%s\n", wrapped("  " + conclusion, 4).c_str());
}

int run_inspect(const Options& options) {
  const os::MappedFile file(options.file);
  const profile::CaptureAnalysis capture(capture_file(file, options.file));
  const Inspection inspection = figures::inspect(capture, options.array_bytes);
  print_findings(inspection);
  if (options.json) {
    std::fputs(pretty_json(report::inspect_document(inspection)).c_str(), stdout);
  } else {
    print_inspection(inspection);
  }
  return capture.reader().complete() ? 0 : kCaptureIncomplete;
}

}  // namespace

void add_inspect_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect",
                                         "Prints the figures of a capture: copies, memory and bytes moved.\n\n"
                                         "  chunkmark inspect write.cmk --array-bytes 100000000\n\n" +
                                             std::string(kCaptureStatusHelp));
  command->add_option("file", options->file, "A capture (.cmk), or a file of memray, heaptrack, massif or DHAT")
      ->required();
  add_array_bytes(*command, options->array_bytes);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_inspect(*options); }; });
}

}  // namespace chunkmark::cli
