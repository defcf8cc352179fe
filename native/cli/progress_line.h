// Which case of a study runs: on a terminal in one line that is gone when it is done; for another program, which gives
// a file descriptor, as lines of JSON: {"done", "total", "doing"}, at the end {"run": ID}.
#pragma once

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/json.h"
#include "native/cli/text.h"
#include "study/host.h"

namespace chunkmark::cli {

class ProgressLine {
 public:
  explicit ProgressLine(int to_program) : to_program_(to_program) {}
  ~ProgressLine() { clear(); }
  void tell(const study::Progress& progress) const {
    if (shown_) std::fprintf(stderr, "\r\033[K%zu/%zu %s", progress.done, progress.total, progress.doing.c_str());
    write_line({{"done", progress.done}, {"total", progress.total}, {"doing", progress.doing}});
  }
  void tell_run(const std::string& id) const { write_line({{"run", id}}); }
  void clear() const {
    if (shown_) std::fprintf(stderr, "\r\033[K");
  }

  static void add_option(CLI::App& command, int& to_program) {
    command.add_option("--progress-fd", to_program, "For programs: descriptor that progress is written to, as JSON")
        ->check(CLI::Range(3, 1023))
        ->group("");
  }

 private:
  void write_line(const json::object& line) const {
    if (to_program_ < 0) return;
    const std::string text = json::serialize(line) + "\n";
    [[maybe_unused]] const ssize_t written =
        write(to_program_, text.data(), text.size());  // whoever listens may be gone
  }

  bool shown_ = is_terminal(STDERR_FILENO);
  int to_program_;
};

}  // namespace chunkmark::cli
