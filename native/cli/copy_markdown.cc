// The study in the form of memray-array's README, so that both can be read side by side.
#include <algorithm>
#include <cstdio>
#include <map>

#include "native/cli/copy_table.h"
#include "record/medium.h"
#include "study/peers.h"

namespace chunkmark::cli {
namespace {

// One engine on one format; its cells by codec.
struct Row {
  std::string filesystem, engine, format;
  std::map<std::string, std::uint64_t> copies;
};

std::string title(const std::string& filesystem) {
  return filesystem == "local" ? "Local" : filesystem == "s3" ? "S3" : filesystem;
}

// Where it was measured: a local folder may lie in memory, or in a network.
std::string title(const record::CopyRow& result) {
  std::string text = record::medium_text(result.store_filesystem);
  if (result.filesystem != "local" || text.starts_with("disk")) return title(result.filesystem);
  if (text.starts_with("memory")) text[0] = 'M';
  return text;
}

void add(std::vector<Row>& rows, const Row& key, const std::string& codec, std::uint64_t copies) {
  const auto same = [&](const Row& row) {
    return row.filesystem == key.filesystem && row.engine == key.engine && row.format == key.format;
  };
  auto row = std::find_if(rows.begin(), rows.end(), same);
  if (row == rows.end()) row = rows.insert(rows.end(), key);
  row->copies[codec] = copies;
}

std::vector<Row> rows_of(const record::RunRecord& run, const std::string& operation) {
  std::vector<Row> rows;
  for (const char* format : {"2", "3"}) {
    for (const record::PublishedCopy& row : run.published) {
      if (row.operation != operation || row.format.back() != *format) continue;
      const std::string engine = (row.engine == "obstore" ? "obstore, zarr-python " : "zarr-python ") +
                                 row.zarr_python + " ([" + row.source + "](" + row.url + "), " + row.published + ")";
      add(rows, {title(row.filesystem), engine, format, {}}, row.codec, row.extra_copies);
    }
    for (const record::CopyRow& result : run.results) {
      if (result.operation != operation || result.format.back() != *format) continue;
      if (!result.figures.extra_copies) continue;
      add(rows, {title(result), result.engine + " " + result.engine_version, format, {}}, result.codec,
          *result.figures.extra_copies);
    }
  }
  return rows;
}

void print_operation(const record::RunRecord& run, const std::string& operation, const char* heading,
                     const char* lead) {
  const std::vector<Row> rows = rows_of(run, operation);
  if (rows.empty()) return;
  std::vector<std::string> codecs;
  std::map<std::string, std::uint64_t> least;
  for (const std::string& codec : study::kCodecs) {
    for (const Row& row : rows) {
      const auto found = row.copies.find(codec);
      if (found == row.copies.end()) continue;
      if (least.emplace(codec, found->second).second) codecs.emplace_back(codec);
      least[codec] = std::min(least[codec], found->second);
    }
  }
  std::printf("### %s\n\n%s (Bold: the least of the column.)\n\n", heading, lead);
  std::string head = "| Filesystem | Engine | Zarr format |", rule = "|---|---|---|";
  for (const std::string& codec : codecs) {
    head += codec == "none" ? " Uncompressed |" : " Compressed (" + codec + ") |";
    rule += "---|";
  }
  std::printf("%s\n%s\n", head.c_str(), rule.c_str());
  for (const Row& row : rows) {
    std::string line = "| " + row.filesystem + " | " + row.engine + " | " + row.format + " |";
    for (const std::string& codec : codecs) {
      const auto found = row.copies.find(codec);
      const std::string number = found == row.copies.end() ? "" : std::to_string(found->second);
      line +=
          found != row.copies.end() && found->second == least[codec] ? " **" + number + "** |" : " " + number + " |";
    }
    std::printf("%s\n", line.c_str());
  }
  std::printf("\n");
}

}  // namespace

void print_markdown(const record::RunRecord& run) {
  if (!run.results.empty()) std::printf("%s\n\n", array_text(run.results.front()).c_str());
  print_operation(run, "write", "Writes", "Number of extra copies needed to write an array to storage using Zarr.");
  print_operation(run, "read", "Reads", "Number of extra copies needed to read an array from storage using Zarr.");
  for (const auto& [word, text] : version_notes(run)) std::printf("%s: %s.\n\n", word.c_str(), text.c_str());
  if (is_small(run)) std::printf("Fixed buffers weigh more than copies do in an array as small as this.\n");
}

}  // namespace chunkmark::cli
