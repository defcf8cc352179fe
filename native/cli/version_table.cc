#include "native/cli/version_table.h"

#include <algorithm>
#include <cstdio>

#include "native/cli/text.h"

namespace chunkmark::cli {
namespace {

std::string seconds_text(const std::optional<double>& seconds) {
  return seconds ? decimal(*seconds, 2) + " s" : "-";
}

// Ours may be asked for more than one durability: a line each. Others commit in one way.
std::string name_of(const record::VersionRow& row) {
  return row.engine != "chunkmark" || row.durability == "none" ? row.engine : "  " + row.durability;
}

void print_always_durable(const std::vector<record::VersionRow>& rows) {
  std::string names;
  for (const record::VersionRow& row : rows) {
    if (row.engine == "chunkmark" || row.durability != "power_loss") continue;
    names += (names.empty() ? "" : ", ") + row.engine;
  }
  if (!names.empty())
    std::printf("  %s: each commit is forced to the disk, as by --durability power_loss\n", names.c_str());
}

}  // namespace

void print_version_cell(const std::vector<record::VersionRow>& rows) {
  if (rows.empty()) return;
  const record::VersionRow& first = rows.front();
  std::printf("\n%s, %llu transactions, chunks of %llu, %s\n", first.workload.c_str(),
              static_cast<unsigned long long>(first.transactions), static_cast<unsigned long long>(first.chunk_size),
              first.compression.c_str());
  std::size_t longest = 15;
  for (const record::VersionRow& row : rows) longest = std::max(longest, name_of(row).size());
  const int width = static_cast<int>(longest);
  std::printf("  %-*s%10s%11s%12s%11s%13s\n", width, "", "file", "creation", "a version", "read all", "read latest");
  for (const record::VersionRow& row : rows) {
    std::printf("  %-*s%10s%11s%12s%11s%13s\n", width, name_of(row).c_str(), bytes_text(row.file_bytes).c_str(),
                seconds_text(row.creation_seconds).c_str(), (decimal(row.mean_ms, 2) + " ms").c_str(),
                seconds_text(row.read_all_seconds).c_str(),
                row.read_latest_ms ? (decimal(row.read_latest_ms->median, 2) + " ms").c_str() : "-");
  }
  print_always_durable(rows);
  if (first.traced_transactions == 0) return;
  std::printf("  %-*s%12s%11s%12s%11s%13s\n", width, "traced:", "peak heap", "copied", "out", "metadata", "padding");
  const auto bytes = [](const auto& value) { return value ? bytes_text(static_cast<double>(*value)) : "-"; };
  for (const record::VersionRow& row : rows) {
    const record::BytesMoved moved = row.bytes_moved.value_or(record::BytesMoved{});
    std::printf("  %-*s%12s%11s%12s%11s%13s\n", width, name_of(row).c_str(), bytes(row.peak_heap_bytes).c_str(),
                bytes(moved.user).c_str(), bytes(moved.out).c_str(), bytes(row.metadata_bytes).c_str(),
                bytes(row.padding_bytes).c_str());
  }
}

}  // namespace chunkmark::cli
