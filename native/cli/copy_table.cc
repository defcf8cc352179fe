#include "native/cli/copy_table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "native/cli/text.h"
#include "record/bounds.h"
#include "record/medium.h"

namespace chunkmark::cli {
namespace {

constexpr const char* kColumns[] = {"heap", "moved", "kernel", "files", "median"};

// Widths: together 80 columns, what a terminal has, with a slope (and "zero" behind it) and without.
struct Layout {
  std::size_t name, copies;
  std::size_t columns[std::size(kColumns)];
  std::size_t slope;
};
constexpr Layout kPlain{32, 8, {7, 7, 8, 10, 8}, 0};
constexpr Layout kWithSlope{25, 6, {7, 6, 7, 9, 8}, 7};

constexpr std::size_t kLegend = 14;  // where the words of the legend begin

// Escape sequences around a row, on a terminal; nothing elsewhere or where NO_COLOR asks for that.
class Style {
 public:
  Style() : on_(is_terminal(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr) {}
  std::string bold(const std::string& text) const { return in("1", text); }
  std::string dim(const std::string& text) const { return in("2", text); }
  std::string copies(std::uint64_t extra, const std::string& text) const { return in(extra == 0 ? "32" : "33", text); }

 private:
  std::string in(const char* code, const std::string& text) const {
    return on_ ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
  }

  bool on_;
};

// Called from Python it is ours as well.
bool is_own(const std::string& engine) {
  return engine == "chunkmark" || engine == "chunkmark-python";
}

std::string cell_name(const record::CopyRow& row) {
  return row.operation + ", " + row.format + ", " + row.codec;
}

std::string extents_text(const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (const std::uint64_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

std::string copies_text(const Layout& layout, const std::string& glyph, std::uint64_t extra) {
  return padded(padded(glyph, 4) + " " + std::to_string(extra), layout.copies);
}

std::string decimal_or_dash(std::optional<double> value, int digits) {
  return value ? decimal(*value, digits) : "-";
}

std::string header(const Layout& layout) {
  std::string row = padded_left("extra copies ", layout.name + layout.copies);
  for (std::size_t i = 0; i < std::size(kColumns); ++i) row += cell(kColumns[i], layout.columns[i]);
  return layout.slope > 0 ? row + cell("slope", layout.slope) : row;
}

// A published row has no figures beyond these two. Its mark is hollow: nobody has measured it here.
std::string published_row(const Layout& layout, const record::PublishedCopy& row, const std::string& codec) {
  const std::string name = (row.engine == "obstore" ? "obstore/zarr " : "zarr-python ") + row.zarr_python;
  const std::string heap = row.extra_heap ? decimal(*row.extra_heap, 3) : "-";
  const std::string glyph = "□" + copy_glyph(row.extra_copies).substr(std::string("■").size());
  return padded("  " + name, layout.name) + copies_text(layout, glyph, row.extra_copies) +
         cell(heap, layout.columns[0]) + "   published " + row.published + (row.codec == codec ? "" : ", " + row.codec);
}

std::string time_text(const record::CopyRow& result) {
  if (!result.seconds) return "-";
  const double ms = result.seconds->median * 1000;
  return decimal(ms, ms < 100 ? 1 : 0) + " ms";
}

std::string measured_row(const Layout& layout, const record::CopyRow& result, const Style& style) {
  const figures::CopyFigures& figures = result.figures;
  std::string row = padded("  " + result.engine + " " + result.engine_version, layout.name);
  if (is_own(result.engine)) row = style.bold(row);
  if (figures.extra_copies) {
    const std::uint64_t copies = *figures.extra_copies;
    row += style.copies(copies, copies_text(layout, copy_glyph(copies, figures.proven_copies.value_or(0)), copies));
  } else {
    row += padded("     -", layout.copies);
  }
  std::optional<double> kernel;
  if (figures.moved_in && figures.moved_out) kernel = *figures.moved_in + *figures.moved_out;
  const std::string files =
      figures.file_growth_bytes ? bytes_text(static_cast<double>(*figures.file_growth_bytes)) : "-";
  const std::string texts[] = {decimal_or_dash(figures.extra_heap, 3), decimal_or_dash(figures.moved_user, 2),
                               decimal_or_dash(kernel, 2), files, time_text(result)};
  static_assert(std::size(texts) == std::size(kColumns));
  for (std::size_t i = 0; i < std::size(texts); ++i) row += cell(texts[i], layout.columns[i]);
  if (result.slope) {
    row += cell(decimal(*result.slope, 3), layout.slope);
    row += result.zero.value_or(false) ? style.copies(0, " zero") : "";
  }
  return row;
}

// The answer in one line: how many cells of ours hold nothing besides the array, and what the others need there.
void print_answer(const record::RunRecord& run, const Style& style) {
  struct Engines {
    std::string names;
    std::size_t cells = 0;
    std::vector<std::uint64_t> copies;
  } ours, others;
  for (const record::CopyRow& result : run.results) {
    Engines& engines = is_own(result.engine) ? ours : others;
    ++engines.cells;
    if (result.figures.extra_copies) engines.copies.push_back(*result.figures.extra_copies);
    if ((", " + engines.names + ",").find(", " + result.engine + ",") != std::string::npos) continue;
    engines.names += (engines.names.empty() ? "" : ", ") + result.engine;
  }
  std::string answer = others.names;
  if (ours.cells > 0) {
    const auto without = std::count(ours.copies.begin(), ours.copies.end(), 0U);
    answer =
        ours.names + ": no extra copy in " + std::to_string(without) + " of " + std::to_string(ours.cells) + " cells";
  }
  if (!others.copies.empty()) {
    const auto [least, most] = std::minmax_element(others.copies.begin(), others.copies.end());
    const std::string range =
        *least == *most ? std::to_string(*least) : std::to_string(*least) + " to " + std::to_string(*most);
    answer += ours.cells > 0 ? "; the other engines: " + range : ": " + range + " extra copies";
  }
  if (!answer.empty()) std::printf("\n%s.\n", style.bold(answer).c_str());
}

}  // namespace

bool is_small(const record::RunRecord& run) {
  return !run.results.empty() && run.results.front().figures.array_bytes < record::bounds().small_array_bytes;
}

std::string array_text(const record::CopyRow& row) {
  const std::string chunks = (row.chunks == row.shape ? "one chunk" : "chunks of " + extents_text(row.chunks)) +
                             (row.shards.empty() ? "" : " in shards of " + extents_text(row.shards));
  return row.dtype + " array of " + extents_text(row.shape) + ", " +
         bytes_text(static_cast<double>(row.figures.array_bytes)) + ", " + chunks + ", " + row.data + ", " +
         record::medium_text(row.store_filesystem);
}

std::vector<std::pair<std::string, std::string>> version_notes(const record::RunRecord& run) {
  std::vector<std::pair<std::string, std::string>> pythons;  // version, and the engines in it
  std::vector<std::string> engines;
  std::string newer;
  for (const record::CopyRow& row : run.results) {
    const json::value* told = row.libraries.if_contains("python");
    if (told == nullptr || std::find(engines.begin(), engines.end(), row.engine) != engines.end()) continue;
    engines.push_back(row.engine);
    const auto version = json::value_to<std::string>(*told);
    const auto same = [&](const auto& python) { return python.first == version; };
    const auto python = std::find_if(pythons.begin(), pythons.end(), same);
    if (python == pythons.end()) {
      pythons.emplace_back(version, row.engine);
    } else {
      python->second += ", " + row.engine;
    }
    if (row.newer) {
      newer += (newer.empty() ? "" : ", ") + row.engine + " " + row.engine_version + " (" + row.newer->version +
               " needs Python " + row.newer->python + ")";
    }
  }
  std::string text;
  for (const auto& [version, names] : pythons) {
    text += (text.empty() ? "" : "; ") + version + (pythons.size() == 1 ? " for the peers" : " for " + names);
  }
  std::vector<std::pair<std::string, std::string>> notes;
  if (!text.empty()) notes.emplace_back("Python", text);
  if (!newer.empty()) notes.emplace_back("not newest", newer);
  return notes;
}

void print_table(const record::RunRecord& run) {
  const Style style;
  if (!run.results.empty()) std::printf("%s\n\n", wrapped(array_text(run.results.front())).c_str());
  const bool slope = std::any_of(run.results.begin(), run.results.end(),
                                 [](const record::CopyRow& result) { return result.slope.has_value(); });
  const Layout& layout = slope ? kWithSlope : kPlain;
  std::printf("%s\n", style.dim(header(layout)).c_str());
  std::string last_cell;
  for (const record::CopyRow& result : run.results) {
    const std::string cell = cell_name(result);
    if (cell != last_cell) {
      std::printf("%s%s\n", last_cell.empty() ? "" : "\n", style.bold(cell).c_str());
      for (const record::PublishedCopy& row : run.published) {
        if (row.is_beside(result)) {
          std::printf("%s\n", style.dim(published_row(layout, row, result.codec)).c_str());
        }
      }
    }
    last_cell = cell;
    std::printf("%s\n", measured_row(layout, result, style).c_str());
  }
  print_answer(run, style);
  std::printf(
      "\nextra copies  array-sized buffers at the heap peak: ■ the array; beside it ▮ one\n"
      "              that is proven to hold the same bytes, ▯ one by its size alone\n"
      "heap          (peak heap - array - heap at begin) / array\n"
      "moved         bytes through memcpy, in arrays; kernel: read and written\n"
      "files         what mapped files made resident\n"
      "median        time of runs without tracing, engines in turn\n");
  if (slope) std::printf("slope         heap growth per byte of array; zero: by the contract (README)\n");
  if (is_small(run)) {
    std::printf("small array   below %s fixed buffers weigh more than copies do\n",
                bytes_text(static_cast<double>(record::bounds().small_array_bytes)).c_str());
  }
  for (const auto& [word, text] : version_notes(run)) {
    std::printf("%s\n", wrapped(padded(word, kLegend) + text).c_str());
  }
  if (!run.published.empty()) {
    const record::PublishedCopy& row = run.published.front();
    std::printf("□             not measured here: published by %s, %s\n", row.source.c_str(), row.published.c_str());
    std::printf("              %s\n", row.url.c_str());
  }
}

}  // namespace chunkmark::cli
