#include "instrument/figures/comparison.h"

#include <algorithm>

namespace chunkmark::figures {
namespace {

constexpr std::size_t kMaxSites = 50;

}  // namespace

Comparison compare(const profile::ComparedCapture& a, const profile::ComparedCapture& b, profile::Alignment alignment,
                   std::uint64_t array_bytes) {
  Comparison comparison{inspect(a.analysis, array_bytes), inspect(b.analysis, array_bytes),
                        profile::find_differences(a, b, alignment)};
  for (profile::MomentDifference& moment : comparison.moments) {
    const auto same = std::find_if(moment.sites.begin(), moment.sites.end(),
                                   [](const profile::SiteDifference& site) { return site.delta() == 0; });
    const auto changed = static_cast<std::size_t>(same - moment.sites.begin());
    moment.sites.resize(std::min(changed, kMaxSites));
  }
  return comparison;
}

}  // namespace chunkmark::figures
