#include "study/version_study.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/json_members.h"
#include "bytes/pending.h"
#include "record/members.h"
#include "study/version_digest.h"
#include "study/version_engines.h"

namespace chunkmark::study {
namespace {

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Of dense arrays, chunks are squares: the published grid has a 64th of the extent on each axis.
std::uint64_t chunk_size_of(const std::string& workload, std::uint64_t asked) {
  return workload == "mostly_appends_dense" && asked > 1024 ? asked / 64 : asked;
}

std::vector<double> numbers(const json::object& answer, std::string_view key) {
  return json::value_to<std::vector<double>>(member(answer, key, "answer"));
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// Each version that was read back has the arrays that the history says; an engine without versions has the last.
void check_digests(const VersionCase& version_case, bool versioned, const json::object& answer,
                   const std::vector<std::string>& expected) {
  const auto digests = json::value_to<std::vector<std::string>>(member(answer, "sha256", version_case.engine));
  const std::size_t count = versioned ? expected.size() : 1;
  if (digests.size() != count) {
    throw Error(ErrorCode::kCorrupt, version_case.engine + ": expected " + std::to_string(count) + " versions, found " +
                                         std::to_string(digests.size()));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t version = versioned ? i : expected.size() - 1;
    if (digests[i] == expected[version]) continue;
    throw Error(ErrorCode::kCorrupt, version_case.engine + ": version r" + std::to_string(version) +
                                         " reads as other arrays than were written: expected sha256 " +
                                         expected[version] + ", found " + digests[i]);
  }
}

void set_times(const json::object& answer, record::VersionRow& row) {
  const std::vector<double> seconds = numbers(answer, "seconds");
  row.creation_seconds = sum(seconds);
  row.creation_processor_seconds = sum(numbers(answer, "processor"));
  for (std::size_t i = 1; i < seconds.size(); ++i) row.per_version_ms.push_back(1e3 * seconds[i]);  // 0 makes the file
  const std::vector<double>& each = row.per_version_ms;
  row.median_ms = median(each);
  if (each.empty()) return;
  row.mean_ms = sum(each) / static_cast<double>(each.size());
  const auto tenth = static_cast<std::ptrdiff_t>(std::max<std::size_t>(each.size() / 10, 1));
  row.first_decile_ms = sum({each.begin(), each.begin() + tenth}) / static_cast<double>(tenth);
  row.last_decile_ms = sum({each.end() - tenth, each.end()}) / static_cast<double>(tenth);
}

record::VersionRow row_of(const VersionCase& version_case, bool versioned, const json::object& answer) {
  record::VersionRow row;
  row.workload = version_case.workload;
  row.mode = mode_name(version_case.mode);
  row.engine = version_case.engine;
  row.versioned = versioned;
  row.transactions = version_case.transactions;
  row.chunk_size = version_case.chunk_size;
  row.compression = version_case.compression;
  row.durability = version_case.durability;
  record::read_member(answer, "versions", row.libraries);
  if (!row.libraries.empty()) row.engine_version = json::value_to<std::string>(row.libraries.begin()->value());
  record::read_member(answer, "file_bytes", row.file_bytes);
  record::read_member(answer, "metadata_bytes", row.metadata_bytes);
  record::read_member(answer, "padding_bytes", row.padding_bytes);
  set_times(answer, row);
  record::read_member(answer, "read_all_seconds", row.read_all_seconds);
  record::read_member(answer, "open_all_seconds", row.open_all_seconds);
  row.read_latest_ms = record::milliseconds_from_json(answer, "read_latest_ms");
  row.read_first_ms = record::milliseconds_from_json(answer, "read_first_ms");
  row.read_middle_ms = record::milliseconds_from_json(answer, "read_middle_ms");
  row.open_latest_ms = record::milliseconds_from_json(answer, "open_latest_ms");
  return row;
}

void set_traced(const figures::Inspection& traced, std::uint64_t transactions, record::VersionRow& row) {
  if (!traced.window) throw Error(ErrorCode::kCorrupt, row.name() + ": expected the marks begin and end, found none");
  row.traced_transactions = transactions;
  if (traced.peak_heap_bytes && traced.heap_at_begin_bytes) {
    row.peak_heap_bytes = *traced.peak_heap_bytes - std::min(*traced.peak_heap_bytes, *traced.heap_at_begin_bytes);
  }
  const auto each = [&](const figures::Figure& bytes) -> std::optional<double> {
    if (!bytes) return std::nullopt;
    return static_cast<double>(*bytes) / static_cast<double>(transactions);
  };
  row.bytes_moved = {each(traced.bytes_copied), each(traced.bytes_in), each(traced.bytes_out),
                     each(traced.bytes_realloc_moved)};
}

// Of those asked for, what the engine offers; and if it always does more, that.
std::vector<std::string> offered(const VersionEngine& engine, const std::vector<std::string>& asked) {
  const std::vector<std::string> strength{"none", "process_crash", "power_loss"};
  const auto rank = [&](const std::string& one) { return std::find(strength.begin(), strength.end(), one); };
  std::vector<std::string> found;
  for (const std::string& one : asked) {
    if (has(engine.durabilities, one)) found.push_back(one);
  }
  const std::string& least = engine.durabilities.front();
  const auto weaker = [&](const std::string& one) { return rank(one) < rank(least); };
  if (found.empty() && std::all_of(asked.begin(), asked.end(), weaker)) found.push_back(least);
  return found;
}

}  // namespace

VersionStudy::VersionStudy(VersionGrid grid, VersionHost& host, CellDone cell_done)
    : grid_(std::move(grid)), host_(host), cell_done_(std::move(cell_done)) {
  for (const std::string& workload : grid_.workloads) {
    for (const std::uint64_t chunk_size : grid_.chunk_sizes) {
      for (const std::string& compression : grid_.compressions) {
        for (const std::uint64_t transactions : grid_.transactions) {
          VersionCase each = grid_.common;
          each.workload = workload;
          each.chunk_size = chunk_size_of(workload, chunk_size);
          each.compression = compression;
          each.transactions = transactions;
          std::vector<VersionCase>& cases = cells_.emplace_back();
          for (const std::string& engine : grid_.engines) {
            const VersionEngine& known = version_engine(engine);
            if (grid_.skip_lacking && !has(known.compressions, compression)) continue;
            each.engine = engine;
            for (const std::string& durability : offered(known, grid_.durabilities)) {
              each.durability = durability;
              cases.push_back(each);
            }
          }
          total_ += cases.size();
        }
      }
    }
  }
  if (total_ == 0) {
    throw Error(ErrorCode::kInvalidArgument, "versions: expected an engine that offers what is asked for, found none");
  }
  Origin origin = host_.origin();
  record_.id = std::move(origin.id);
  record_.host = std::move(origin.host);
  record_.version = std::move(origin.version);
  record_.environment = std::move(origin.environment);
  const VersionCase& common = grid_.common;
  record_.settings = {mode_name(common.mode), common.seed, common.edges, common.reads, grid_.traced_transactions,
                      origin.store_filesystem};
}

bool VersionStudy::step() {
  if (cell_ == cells_.size()) return false;
  const std::vector<VersionCase>& cases = cells_[cell_];
  if (at_ < cases.size()) {
    const VersionCase& version_case = cases[at_];
    host_.tell({done_ + 1, total_, version_case.name()});
    try {
      measure(version_case);
    } catch (const bytes::Pending&) {
      throw;  // the same again
    } catch (const std::exception& error) {
      const auto* ours = dynamic_cast<const Error*>(&error);
      if (ours != nullptr && ours->code() == ErrorCode::kCancelled) {
        cell_ = cells_.size();
        throw;
      }
      record_.failures.push_back({version_case.name(), error.what()});
    }
    ++at_;
    ++done_;
  }
  if (at_ >= cases.size()) end_cell();
  return cell_ < cells_.size();
}

void VersionStudy::measure(const VersionCase& version_case) {
  const VersionEngine& engine = version_engine(version_case.engine);
  if (!has(engine.compressions, version_case.compression)) {
    std::string known;
    for (const std::string& name : engine.compressions) known += (known.empty() ? "" : ", ") + name;
    throw Error(ErrorCode::kUnsupported, version_case.engine + ": expected a compression that it has (" + known +
                                             "), found " + version_case.compression);
  }
  const json::object answer = host_.replay(version_case);
  if (expected_.empty()) expected_ = expected_digests(version_case);
  check_digests(version_case, engine.versioned, answer, expected_);
  record::VersionRow row = row_of(version_case, engine.versioned, answer);
  if (row.engine_version.empty()) row.engine_version = record_.version;
  if (grid_.traced_transactions > 0 && host_.can_trace(version_case)) {
    VersionCase traced = version_case;
    traced.transactions = std::min(traced.transactions, grid_.traced_transactions);
    row.capture = "captures/" + row.name() + ".cmk";
    set_traced(host_.trace(traced, row.capture), traced.transactions, row);
  }
  rows_.push_back(std::move(row));
}

void VersionStudy::end_cell() {
  if (cell_done_) cell_done_(rows_);
  record_.results.insert(record_.results.end(), rows_.begin(), rows_.end());
  rows_.clear();
  expected_.clear();
  at_ = 0;
  if (++cell_ < cells_.size()) return;
  record_.created = host_.utc_now();
  record_.published = record::published_beside(record_.results);
  host_.write_file("run.json", pretty_json(to_json(record_)));
}

}  // namespace chunkmark::study
