// Difference: two captures side by side: their figures, their heap at comparable moments, and what grew or shrank by
// call site.
//
// Two runs never agree in wall-clock time, so there are three ways to say which moments belong together: the heap
// peaks, the phase marks that both have, or equal shares of each run's time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "instrument/profile/capture_profile.h"

namespace chunkmark::profile {

enum class Alignment { kPeak, kMarks, kTime };
std::optional<Alignment> parse_alignment(std::string_view name);  // "peak", "marks", "time"

// Of a long run the columns are merged between the moments that any alignment asks for.
struct ComparedCapture : CaptureProfile {
  explicit ComparedCapture(const capture::CaptureFile& file);
};

struct SiteDifference {
  std::string name;
  std::uint64_t a_bytes = 0, b_bytes = 0;
  std::int64_t delta() const { return static_cast<std::int64_t>(b_bytes - a_bytes); }
};

// What was alive at a moment of each capture. Sites sorted by the size of their change, largest first.
struct MomentDifference {
  std::string name;  // "heap peak", a mark's name, "25 %"
  std::uint64_t a_ns = 0, b_ns = 0;
  std::uint64_t a_bytes = 0, b_bytes = 0;
  std::vector<SiteDifference> sites;
};

// None where there is nothing to compare: marks that only one has, shares of a run whose length is unknown since its
// capture is cut.
std::vector<MomentDifference> find_differences(const ComparedCapture& a, const ComparedCapture& b, Alignment alignment);

}  // namespace chunkmark::profile
