// Durability: what an acknowledged write survives.
#pragma once

#include <optional>
#include <string_view>

namespace chunkmark::bytes {

enum class Durability {
  kNone,          // nothing is promised
  kProcessCrash,  // survives the end of the process, however it ends; a power cut may take it
  kPowerLoss,     // survives a power cut, if the disk honours its flush command
};

constexpr std::string_view durability_name(Durability level) {
  switch (level) {
    case Durability::kNone:
      return "none";
    case Durability::kProcessCrash:
      return "process_crash";
    case Durability::kPowerLoss:
      return "power_loss";
  }
  return "unknown";
}

constexpr std::optional<Durability> parse_durability(std::string_view name) {
  for (const Durability level : {Durability::kNone, Durability::kProcessCrash, Durability::kPowerLoss}) {
    if (durability_name(level) == name) return level;
  }
  return std::nullopt;
}

}  // namespace chunkmark::bytes
