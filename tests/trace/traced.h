// A command run under the tracer, and what `inspect --json` says of it with an array of 100 MB.
#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "native/study/child_process.h"
#include "unit/catch.h"

namespace chunkmark::trace {

constexpr double kMegabyte = 1e6;

struct Traced {
  int exit_status = 0;
  json::object figures;
};

inline Traced trace(std::vector<std::string> command, std::vector<std::string> options = {}) {
  const std::string capture =
      (std::filesystem::temp_directory_path() / ("chunkmark-trace-test-" + std::to_string(getpid()) + ".cmk")).string();
  std::vector<std::string> words{CHUNKMARK_PROGRAM, "trace", "-o", capture};
  words.insert(words.end(), options.begin(), options.end());
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  Traced traced;
  traced.exit_status = native_study::run_child(words).exit_status;
  if (std::filesystem::exists(capture)) {
    const std::string array = "100000000";
    const native_study::ChildOutput output =
        native_study::run_child({CHUNKMARK_PROGRAM, "inspect", "--json", "--array-bytes", array, capture});
    traced.figures = parse_json(output.out, "inspect").as_object();
    std::filesystem::remove(capture);
  }
  return traced;
}

inline double number(const Traced& traced, const char* key) {
  return traced.figures.at(key).to_number<double>();
}

// Equal but for what the C and C++ libraries allocate for themselves (libstdc++ keeps 73 kB for emergencies).
inline void check_about(double found, double expected) {
  CHECK(std::abs(found - expected) < 0.12 * kMegabyte + 0.001 * expected);
}

}  // namespace chunkmark::trace
