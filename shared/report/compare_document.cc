#include "report/compare_document.h"

#include "report/inspect_document.h"

namespace chunkmark::report {
namespace {
constexpr std::size_t kSitesShown = 50;
}

json::object compare_document(const profile::ComparedCapture& a, const profile::ComparedCapture& b,
                              profile::Alignment alignment, std::uint64_t array_bytes) {
  json::array moments;
  for (const profile::MomentDifference& moment : profile::differences(a, b, alignment)) {
    json::array sites;
    for (const profile::SiteDifference& site : moment.sites) {
      if (site.delta() == 0 || sites.size() == kSitesShown) break;
      sites.push_back(json::object{
          {"site", site.name}, {"a_bytes", site.a_bytes}, {"b_bytes", site.b_bytes}, {"delta_bytes", site.delta()}});
    }
    moments.push_back(json::object{{"name", moment.name},
                                   {"a_ms", static_cast<double>(moment.a_ns) / 1e6},
                                   {"b_ms", static_cast<double>(moment.b_ns) / 1e6},
                                   {"a_bytes", moment.a_bytes},
                                   {"b_bytes", moment.b_bytes},
                                   {"sites", std::move(sites)}});
  }
  return {{"a", inspect_document(a.analysis, array_bytes)},
          {"b", inspect_document(b.analysis, array_bytes)},
          {"moments", std::move(moments)}};
}

}  // namespace chunkmark::report
