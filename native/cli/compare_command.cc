#include <cstdio>
#include <memory>

#include "native/cli/array_bytes.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
#include "native/cli/figure_text.h"
#include "native/cli/text.h"
#include "native/os/files.h"
#include "report/compare_document.h"

namespace chunkmark::cli {
namespace {

using figures::Inspection;

constexpr std::size_t kSitesPrinted = 10;

struct Options {
  std::string a, b, align = "peak";
  std::uint64_t array_bytes = 0;
  bool json = false;
};

std::string change(double a, double b) {
  return (b >= a ? "+" : "-") + bytes_text(b >= a ? b - a : a - b);
}

std::string change(std::uint64_t a, std::uint64_t b) {
  return change(static_cast<double>(a), static_cast<double>(b));
}

void print_row(const std::string& name, const std::string& left, const std::string& right, const std::string& delta) {
  std::printf("%s%s%s%s\n", padded(name, 20).c_str(), padded_left(left, 14).c_str(), padded_left(right, 14).c_str(),
              padded_left(delta, 14).c_str());
}

struct NamedFigure {
  const char* name;
  figures::Figure a, b;
};

void print_figures(const Inspection& a, const Inspection& b) {
  const auto heading = [](const char* name, const Inspection& of) {
    return of.is_so_far() ? std::string(name) + ", so far" : std::string(name);
  };
  print_row("", heading("a", a), heading("b", b), "change");
  const bool comparable = !a.is_so_far() && !b.is_so_far();
  const auto duplicated = [](const Inspection& of) { return of.copy ? of.copy->bytes_duplicated : figures::Figure(); };
  const NamedFigure sizes[] = {{"peak_heap_bytes", a.peak_heap_bytes, b.peak_heap_bytes},
                               {"malloc_peak_bytes", a.malloc_peak_bytes, b.malloc_peak_bytes},
                               {"live_at_end_bytes", a.live_at_end_bytes, b.live_at_end_bytes},
                               {"bytes_copied", a.bytes_copied, b.bytes_copied},
                               {"bytes_realloc_moved", a.bytes_realloc_moved, b.bytes_realloc_moved},
                               {"bytes_in", a.bytes_in, b.bytes_in},
                               {"bytes_out", a.bytes_out, b.bytes_out},
                               {"bytes_duplicated", duplicated(a), duplicated(b)}};
  for (const NamedFigure& size : sizes) {
    if (size.name == std::string_view("bytes_duplicated") && !size.a && !size.b) continue;  // nothing was looked at
    print_row(size.name, bytes_or_unknown(size.a), bytes_or_unknown(size.b),
              comparable && size.a && size.b ? change(*size.a, *size.b) : kUnknown);
  }
  const auto copies = [](const Inspection& of) {
    return of.copy ? figures::Figure(of.copy->extra_copies) : figures::Figure();
  };
  const auto proven = [](const Inspection& of) { return of.copy ? of.copy->proven_copies : figures::Figure(); };
  const NamedFigure counts[] = {{"allocations", a.allocations, b.allocations},
                                {"extra_copies", copies(a), copies(b)},
                                {"proven_copies", proven(a), proven(b)}};
  for (const NamedFigure& count : counts) {
    if (!count.a && !count.b && comparable) continue;  // without an array there are no copies of it
    std::string delta = kUnknown;
    if (comparable && count.a && count.b) {
      const auto more = static_cast<std::int64_t>(*count.b - *count.a);
      delta = (more >= 0 ? "+" : "") + std::to_string(more);
    }
    print_row(count.name, count_or_unknown(count.a), count_or_unknown(count.b), delta);
  }
}

void print_moment(const profile::MomentDifference& moment) {
  const auto milliseconds = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e6; };
  std::printf("\nAlive at %s: %s (%.1f ms) and %s (%.1f ms), %s\n", moment.name.c_str(),
              bytes_text(static_cast<double>(moment.a_bytes)).c_str(), milliseconds(moment.a_ns),
              bytes_text(static_cast<double>(moment.b_bytes)).c_str(), milliseconds(moment.b_ns),
              change(moment.a_bytes, moment.b_bytes).c_str());
  std::size_t printed = 0;
  for (const profile::SiteDifference& site : moment.sites) {
    if (printed++ == kSitesPrinted) break;
    std::printf("  %s  %s\n", padded_left(change(site.a_bytes, site.b_bytes), 12).c_str(), site.name.c_str());
  }
}

int run_compare(const Options& options) {
  const auto read = [](const std::string& path) {
    const os::MappedFile file(path);
    return profile::ComparedCapture(capture_file(file, path));
  };
  const profile::ComparedCapture a = read(options.a), b = read(options.b);
  const figures::Comparison comparison =
      figures::compare(a, b, profile::parse_alignment(options.align).value(), options.array_bytes);
  print_findings(comparison.a, "a: ");
  print_findings(comparison.b, "b: ");
  if (comparison.a.window.has_value() != comparison.b.window.has_value()) {
    print_finding("one capture has figures between its marks begin and end, the other of its whole run");
  }
  if (comparison.moments.empty()) {
    print_finding(options.align == "marks" ? "no mark is in both captures: try --align peak or --align time"
                                           : "what was alive cannot be compared: too little of a capture can be read");
  }
  if (options.json) {
    std::fputs(pretty_json(report::compare_document(comparison)).c_str(), stdout);
  } else {
    print_figures(comparison.a, comparison.b);
    for (const profile::MomentDifference& moment : comparison.moments) print_moment(moment);
  }
  return a.analysis.reader().complete() && b.analysis.reader().complete() ? 0 : kCaptureIncomplete;
}

}  // namespace

void add_compare_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare",
                                         "Prints the difference of two captures: figures, and what grew or shrank.\n\n"
                                         "  chunkmark compare before.cmk after.cmk\n"
                                         "  chunkmark compare before.cmk after.cmk --align marks --json\n\n" +
                                             std::string(kCaptureStatusHelp));
  command->add_option("a", options->a, "A capture (.cmk), or a file of memray, heaptrack, massif or DHAT")->required();
  command->add_option("b", options->b, "The capture to compare it with")->required();
  command
      ->add_option("--align", options->align,
                   "Compare at the heap peaks, at marks of one name, or at equal shares of time")
      ->check(CLI::IsMember({"peak", "marks", "time"}))
      ->capture_default_str();
  add_array_bytes(*command, options->array_bytes);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_compare(*options); }; });
}

}  // namespace chunkmark::cli
