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

constexpr std::size_t kSitesPrinted = 10;

struct Options {
  std::string a, b, align = "peak";
  std::uint64_t array_bytes = 0;
  bool json = false;
};

std::string change(double a, double b) {
  return (b >= a ? "+" : "-") + bytes_text(b >= a ? b - a : a - b);
}

void print_document(const json::object& document) {
  const json::object& a = document.at("a").as_object();
  const json::object& b = document.at("b").as_object();
  const auto row = [](const char* name, const std::string& left, const std::string& right, const std::string& delta) {
    std::printf("%s%s%s%s\n", padded(name, 20).c_str(), padded_left(left, 14).c_str(), padded_left(right, 14).c_str(),
                padded_left(delta, 14).c_str());
  };
  const auto heading = [](const char* name, const json::object& of) {
    return so_far(of) ? std::string(name) + ", so far" : std::string(name);
  };
  row("", heading("a", a), heading("b", b), "change");
  const bool comparable = !so_far(a) && !so_far(b);
  for (const char* key : {"peak_heap_bytes", "malloc_peak_bytes", "live_at_end_bytes", "bytes_copied",
                          "bytes_realloc_moved", "bytes_in", "bytes_out"}) {
    const json::value &left = a.at(key), &right = b.at(key);
    const bool known = comparable && !left.is_null() && !right.is_null();
    row(key, bytes_or_unknown(left), bytes_or_unknown(right), known ? change(number(left), number(right)) : kUnknown);
  }
  for (const char* key : {"allocations", "extra_copies"}) {
    const json::value &left = a.at(key), &right = b.at(key);
    if (left.is_null() && right.is_null() && comparable) continue;  // without an array there are no copies of it
    const auto text = [](const json::value& figure) {
      return figure.is_null() ? kUnknown : decimal(number(figure), 0);
    };
    const bool known = comparable && !left.is_null() && !right.is_null();
    const double delta = number(right) - number(left);
    row(key, text(left), text(right), known ? (delta >= 0 ? "+" : "") + decimal(delta, 0) : kUnknown);
  }
  for (const json::value& value : document.at("moments").as_array()) {
    const json::object& moment = value.as_object();
    const double left = number(moment.at("a_bytes")), right = number(moment.at("b_bytes"));
    std::printf("\nAlive at %s: %s (%.1f ms) and %s (%.1f ms), %s\n", moment.at("name").get_string().c_str(),
                bytes_text(left).c_str(), number(moment.at("a_ms")), bytes_text(right).c_str(),
                number(moment.at("b_ms")), change(left, right).c_str());
    std::size_t printed = 0;
    for (const json::value& site : moment.at("sites").as_array()) {
      if (printed++ == kSitesPrinted) break;
      std::printf("  %s  %s\n", padded_left(change(number(site.at("a_bytes")), number(site.at("b_bytes"))), 12).c_str(),
                  site.at("site").get_string().c_str());
    }
  }
}

int run_compare(const Options& options) {
  const auto read = [](const std::string& path) {
    const os::MappedFile file(path);
    return profile::ComparedCapture(capture_file(file, path));
  };
  const profile::ComparedCapture a = read(options.a), b = read(options.b);
  const json::object document =
      report::compare_document(a, b, profile::parse_alignment(options.align).value(), options.array_bytes);
  for (const char* side : {"a", "b"}) print_findings(document.at(side), std::string(side) + ": ");
  if (document.at("a").at("window").is_null() != document.at("b").at("window").is_null()) {
    std::fprintf(stderr, "chunkmark: the figures of one are between its marks begin and end, the other's are of all\n");
  }
  const bool complete = a.analysis.reader().complete() && b.analysis.reader().complete();
  if (document.at("moments").as_array().empty()) {
    std::fprintf(stderr, options.align == "marks"
                             ? "chunkmark: no mark is in both captures: try --align peak or --align time\n"
                             : "chunkmark: what was alive cannot be compared: not enough of a capture is there\n");
  }
  if (options.json) {
    std::fputs(pretty_json(document).c_str(), stdout);
  } else {
    print_document(document);
  }
  return complete ? 0 : kCaptureIncomplete;
}

}  // namespace

void add_compare_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare",
                                         "Prints the difference of two captures: figures, and what grew or shrank.\n\n"
                                         "  chunkmark compare before.cmk after.cmk\n"
                                         "  chunkmark compare before.cmk after.cmk --align marks --json\n\n" +
                                             std::string(kCaptureStatusHelp));
  command->add_option("a", options->a, "A capture (.cmk)")->required();
  command->add_option("b", options->b, "Another")->required();
  command
      ->add_option("--align", options->align, "Which moments belong together: the heap peaks, marks, or shares of time")
      ->check(CLI::IsMember({"peak", "marks", "time"}))
      ->capture_default_str();
  add_array_bytes(*command, options->array_bytes);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_compare(*options); }; });
}

}  // namespace chunkmark::cli
