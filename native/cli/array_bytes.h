// The option --array-bytes of the commands that read a capture.
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

}  // namespace chunkmark::cli
