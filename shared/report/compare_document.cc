#include "report/compare_document.h"

#include "report/inspect_document.h"

namespace chunkmark::report {

json::object compare_document(const figures::Comparison& comparison) {
  json::array moments;
  for (const profile::MomentDifference& moment : comparison.moments) {
    json::array sites;
    for (const profile::SiteDifference& site : moment.sites) {
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
  return {
      {"a", inspect_document(comparison.a)}, {"b", inspect_document(comparison.b)}, {"moments", std::move(moments)}};
}

}  // namespace chunkmark::report
