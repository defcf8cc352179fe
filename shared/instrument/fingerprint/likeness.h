// likeness: how much of what two buffers hold is the same bytes, by their fingerprints. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "instrument/fingerprint/fingerprint.h"

namespace chunkmark::fingerprint {

// A fingerprint as it is kept: borrowed.
struct Print {
  std::uint64_t bytes = 0;  // of the buffer
  std::span<const Sample> samples;
};

// Two buffers hold the same bytes from here on.
constexpr double kSameBytes = 0.9;
// Fewer samples prove nothing, one way or the other.
constexpr std::uint32_t kMinSamples = 8;

// The fraction of the one's samples that the other has too, 0 to 1; of both directions the larger one. So a buffer that
// holds the array and more is like the array, and so is a buffer that holds only its first half; one of the array's own
// size that holds half of it and something else is half like it. Empty if too little can be compared.
std::optional<double> likeness(const Print& a, const Print& b);

}  // namespace chunkmark::fingerprint
