#include "study/study.h"

#include <algorithm>

#include "base/error.h"
#include "bytes/pending.h"
#include "study/contract.h"
#include "study/peers.h"

namespace chunkmark::study {
namespace {

record::CopyRow row_of(const CopyCase& copy_case) {
  record::CopyRow row;
  row.operation = copy_case.operation;
  row.filesystem = copy_case.filesystem;
  row.engine = copy_case.engine;
  row.format = copy_case.format;
  row.codec = copy_case.codec;
  row.data = copy_case.data;
  row.dtype = array::dtype_name(copy_case.dtype);
  row.shape = copy_case.shape;
  row.chunks = copy_case.chunk_shape;
  row.shards = copy_case.shard_shape;
  return row;
}

// What is not the failure of one case: the study's end, or an answer that has yet to come.
bool ends_step(const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  if (ours != nullptr) return ours->code() == ErrorCode::kCancelled;
  return dynamic_cast<const bytes::Pending*>(&error) != nullptr;
}

}  // namespace

// One engine of the cell that is being measured.
struct Study::Row {
  CopyCase copy_case;
  record::CopyRow result;
  std::unique_ptr<TimedCase> timed;  // null when it has failed
  std::vector<double> seconds, processor;
};

Study::Study(CopyGrid grid, StudyOptions options, CopyHost& host)
    : grid_(std::move(grid)), options_(std::move(options)), host_(host), origin_(host.origin()) {
  for (const std::string& format : grid_.formats) {
    for (const std::string& codec : grid_.codecs) {
      for (const char* operation : {"write", "read"}) {
        if (operation == std::string_view("read") && !is_asked_for(operation)) continue;
        CopyCase& cell = cells_.emplace_back(grid_.array);
        cell.operation = operation;
        cell.format = format;
        cell.codec = codec;
      }
    }
  }
  record_.id = origin_.id;
  record_.host = origin_.host;
  record_.version = origin_.version;
  record_.environment = origin_.environment;
  record_.settings = {
      grid_.array.shape, grid_.array.chunk_shape, grid_.array.shard_shape, array::dtype_name(grid_.array.dtype),
      grid_.array.data,  options_.threads,        options_.durability,     options_.repeat,
      options_.slope,    origin_.store_filesystem};
  begin_cell();
}

Study::~Study() = default;

bool Study::step() {
  try {
    switch (phase_) {
      case Phase::kTrace:
        trace_next();
        break;
      case Phase::kTime:
        time_next();
        break;
      case Phase::kReport:
        report_next();
        break;
      case Phase::kEnd:
        return false;
    }
  } catch (const bytes::Pending&) {
    throw;  // nothing has changed yet
  } catch (...) {
    cancel();
    throw;
  }
  return phase_ != Phase::kEnd;
}

void Study::cancel() {
  phase_ = Phase::kEnd;
  rows_.clear();
}

void Study::begin_cell() {
  rows_.clear();
  at_ = 0;
  if (cell_ == cells_.size()) return end();
  phase_ = Phase::kTrace;
  if (cells_[cell_].operation == "write") without_array_.clear();
}

void Study::trace_next() {
  if (at_ == grid_.engines.size()) return begin_times();
  CopyCase copy_case = cells_[cell_];
  copy_case.engine = grid_.engines[at_];
  tell(copy_case.name(), done_ + 1);
  if (can_run(copy_case)) {
    try {
      measure(copy_case);
    } catch (const std::exception& error) {
      if (ends_step(error)) throw;
      fail(copy_case, error);
      without_array_.insert(copy_case.engine);
    }
  }
  ++at_;
  ++done_;
}

bool Study::can_run(const CopyCase& copy_case) const {
  return has_format(copy_case.engine, copy_case.format) && has_codec(copy_case.engine, copy_case.codec) &&
         !without_array_.contains(copy_case.engine);  // else there is nothing to read
}

void Study::measure(const CopyCase& copy_case) {
  if (!is_asked_for(copy_case.operation)) {  // a read needs what it stores
    host_.store(copy_case);
    if (options_.slope) host_.store(four_times(copy_case));
    return;
  }
  record::CopyRow result = row_of(copy_case);
  result.engine_version = origin_.version;
  result.store_filesystem = origin_.store_filesystem;
  result.durability = options_.durability;
  result.threads = options_.threads;
  result.capture = "captures/" + copy_case.name() + ".cmk";
  if (host_.writes_reports()) result.report = "reports/" + copy_case.name() + ".html";
  TracedCase traced = host_.trace(copy_case, result.capture);
  result.figures = std::move(traced.figures);
  result.stored_bytes = traced.stored_bytes;
  result.memory_by = std::move(traced.memory_by);
  if (!result.memory_by.empty()) result.capture.clear();
  if (options_.slope) result.slope = slope(result.figures, host_.trace(four_times(copy_case), "").figures);
  rows_.push_back({copy_case, std::move(result), nullptr, {}, {}});
}

void Study::begin_times() {
  if (rows_.empty()) {
    ++cell_;
    return begin_cell();
  }
  const CopyCase& cell = cells_[cell_];
  tell("times: " + cell.operation + ", " + cell.format + ", " + cell.codec, done_);
  for (Row& row : rows_) {
    try {
      row.timed = host_.time(row.copy_case);
    } catch (const std::exception& error) {
      if (ends_step(error)) throw;
      fail(row.copy_case, error);
    }
  }
  phase_ = Phase::kTime;
  at_ = round_ = 0;
}

// Each engine in turn, so that all of them meet the machine in the same state. The first round warms up, and tells
// versions.
void Study::time_next() {
  Row& row = rows_[(at_ + round_) % rows_.size()];  // nobody always comes after the same one
  if (row.timed != nullptr) {
    try {
      CallTime told = row.timed->call();
      if (!told.libraries.empty()) {
        row.result.engine_version = json::value_to<std::string>(told.libraries.begin()->value());
        row.result.libraries = std::move(told.libraries);
        row.result.newer = std::move(told.newer);
      }
      if (round_ > 0) {
        row.seconds.push_back(told.seconds);
        row.processor.push_back(told.processor);
      }
    } catch (const std::exception& error) {
      if (ends_step(error)) throw;
      fail(row.copy_case, error);
      row.timed.reset();
      row.seconds.clear();
    }
  }
  if (++at_ < rows_.size()) return;
  at_ = 0;
  if (++round_ > options_.repeat) end_times();
}

void Study::end_times() {
  for (Row& row : rows_) {
    row.timed.reset();
    if (!row.seconds.empty()) {
      const auto [min, max] = std::minmax_element(row.seconds.begin(), row.seconds.end());
      row.result.seconds = {median(row.seconds), *min, *max, row.seconds.size(), median(row.processor)};
    }
    row.result.zero = zero(row.result);
  }
  phase_ = Phase::kReport;
}

void Study::report_next() {
  host_.write_report(rows_[at_].result);
  record_.results.push_back(std::move(rows_[at_].result));
  if (++at_ < rows_.size()) return;
  ++cell_;
  begin_cell();
}

void Study::end() {
  phase_ = Phase::kEnd;
  record_.created = host_.utc_now();
  record_.published = record::published_beside(record_.results);
  host_.write_file("run.json", pretty_json(to_json(record_)));
}

bool Study::is_asked_for(const std::string& operation) const {
  return std::find(grid_.operations.begin(), grid_.operations.end(), operation) != grid_.operations.end();
}

void Study::fail(const CopyCase& copy_case, const std::exception& error) {
  record_.failures.push_back({copy_case.name(), error.what()});
}

void Study::tell(const std::string& doing, std::size_t done) const {
  host_.tell({done, cells_.size() * grid_.engines.size(), doing});
}

figures::CopyFigures traced_figures(const capture::CaptureFile& capture, const CopyCase& copy_case) {
  const profile::CaptureAnalysis analysis(capture);
  if (!analysis.main().window_ended()) {
    throw Error(ErrorCode::kCorrupt, capture.name + ": expected the marks begin and end, found " +
                                         (analysis.main().has_window() ? "no end" : "none"));
  }
  return figures::copy_figures(analysis, copy_case.array_bytes());
}

}  // namespace chunkmark::study
