// The option --array-bytes of the commands that read a capture, and --no-fingerprints of those that make one.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

namespace chunkmark::cli {

constexpr std::uint64_t kMostArrayBytes = std::uint64_t{1} << 60;

// `array_bytes` stays 0 without the option: what the capture says then holds.
inline void add_array_bytes(CLI::App& command, std::uint64_t& array_bytes) {
  command
      .add_option("--array-bytes", array_bytes,
                  "Size of the array that was stored, in bytes (default: what the capture says)")
      ->check(CLI::Range(std::uint64_t{1}, kMostArrayBytes));
}

inline void add_no_fingerprints(CLI::App& command, bool& no_fingerprints) {
  command.add_flag("--no-fingerprints", no_fingerprints,
                   "Do not look at what large buffers hold: saves 0.5 ms each time, and proves no copy");
}

}  // namespace chunkmark::cli
