#include <cstdio>
#include <memory>

#include "native/cli/array_bytes.h"
#include "native/cli/capture_file.h"
#include "native/cli/commands.h"
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

double number(const json::value& value) {
  return value.is_number() ? value.to_number<double>() : 0;
}

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
  row("", "a", "b", "change");
  for (const char* key : {"peak_heap_bytes", "malloc_peak_bytes", "live_at_end_bytes", "bytes_copied",
                          "bytes_realloc_moved", "bytes_in", "bytes_out"}) {
    const double left = number(a.at(key)), right = number(b.at(key));
    row(key, bytes_text(left), bytes_text(right), change(left, right));
  }
  for (const char* key : {"allocations", "extra_copies"}) {
    if (a.at(key).is_null() || b.at(key).is_null()) continue;
    const double left = number(a.at(key)), right = number(b.at(key));
    row(key, decimal(left, 0), decimal(right, 0), (right >= left ? "+" : "") + decimal(right - left, 0));
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
  for (const char* side : {"a", "b"}) {
    for (const json::value& finding : document.at(side).at("findings").as_array()) {
      std::fprintf(stderr, "chunkmark: %s: %s\n", side, finding.get_string().c_str());
    }
  }
  if (document.at("a").at("window").is_null() != document.at("b").at("window").is_null()) {
    std::fprintf(stderr, "chunkmark: the figures of one are between its marks begin and end, the other's are of all\n");
  }
  if (document.at("moments").as_array().empty()) {
    std::fprintf(stderr, "chunkmark: no mark is in both captures: try --align peak or --align time\n");
  }
  if (options.json) {
    std::fputs(pretty_json(document).c_str(), stdout);
  } else {
    print_document(document);
  }
  return 0;
}

}  // namespace

void add_compare_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare",
                                         "Prints the difference of two captures: figures, and what grew or shrank.\n\n"
                                         "  chunkmark compare before.cmk after.cmk\n"
                                         "  chunkmark compare before.cmk after.cmk --align marks --json");
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
