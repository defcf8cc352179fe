// Comparison: what `chunkmark compare` tells of two captures.
#pragma once

#include <vector>

#include "instrument/figures/inspection.h"
#include "instrument/profile/difference.h"

namespace chunkmark::figures {

struct Comparison {
  Inspection a, b;
  // The heap at each pair of moments that belong together, and the sites that changed most, largest change first.
  std::vector<profile::MomentDifference> moments;
};

Comparison compare(const profile::ComparedCapture& a, const profile::ComparedCapture& b, profile::Alignment alignment,
                   std::uint64_t array_bytes);

}  // namespace chunkmark::figures
