#include "native/cli/copy_cells.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "native/cli/peers.h"
#include "native/cli/text.h"

namespace chunkmark::cli {

class CopyCells::Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), shown_(is_terminal(STDERR_FILENO)) {}
  ~Progress() {
    if (shown_) std::fprintf(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void step(const std::string& name) { show(++done_, name); }
  void note(const std::string& name) { show(done_, name); }

 private:
  void show(std::size_t done, const std::string& name) const {
    if (shown_) std::fprintf(stderr, "\r\033[K%zu/%zu %s", done, total_, name.c_str());
  }

  std::size_t total_, done_ = 0;
  bool shown_;
};

void CopyCells::run() {
  const std::size_t operations = is_asked_for("read") ? 2 : 1;  // the write of a read is run as well
  Progress progress(grid_.formats.size() * grid_.codecs.size() * operations * grid_.engines.size());
  for (const std::string& format : grid_.formats) {
    for (const std::string& codec : grid_.codecs) {
      without_array_.clear();
      for (const char* operation : {"write", "read"}) {
        if (operation == std::string_view("read") && !is_asked_for(operation)) continue;
        study::CopyCase copy_case = grid_.array;
        copy_case.operation = operation;
        copy_case.format = format;
        copy_case.codec = codec;
        run_cell(copy_case, progress);
      }
    }
  }
}

void CopyCells::run_cell(study::CopyCase copy_case, Progress& progress) {
  std::vector<study::CopyResult> cell;
  for (const std::string& engine : grid_.engines) {
    copy_case.engine = engine;
    progress.step(copy_case.name());
    if (!has_format(engine, copy_case.format)) continue;
    if (without_array_.contains(engine)) continue;  // nothing to read
    try {
      if (is_asked_for(copy_case.operation)) {
        cell.push_back(study_.measure(copy_case));
      } else {
        study_.store(copy_case);
      }
    } catch (const std::exception& error) {
      const auto* ours = dynamic_cast<const Error*>(&error);
      if (ours != nullptr && ours->code() == ErrorCode::kCancelled) throw;
      fail(copy_case, error);
      without_array_.insert(engine);
    }
  }
  if (cell.empty()) return;
  progress.note("times: " + copy_case.operation + ", " + copy_case.format + ", " + copy_case.codec);
  study_.time(cell, [this](const study::CopyCase& of, const std::exception& error) { fail(of, error); });
  for (study::CopyResult& result : cell) {
    study_.report(result);
    results.push_back(std::move(result));
  }
}

bool CopyCells::is_asked_for(const std::string& operation) const {
  return std::find(grid_.operations.begin(), grid_.operations.end(), operation) != grid_.operations.end();
}

void CopyCells::fail(const study::CopyCase& copy_case, const std::exception& error) {
  failures.push_back({copy_case.name(), error.what()});
}

}  // namespace chunkmark::cli
