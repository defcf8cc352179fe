// Mappings count by the pages that were touched: programs whose pages are known.

#include <string>

#include "trace/traced.h"

namespace chunkmark::trace {
namespace {

constexpr double kMiB = 1 << 20;

const json::object& largest(const Traced& traced) {
  return traced.figures.at("buffers_at_peak").as_array().at(0).as_object();
}

TEST_CASE("an arena of 1 GiB that is hardly touched is no copy") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "arena"});
  CHECK(number(traced, "extra_copies") == 0);
  check_about(number(traced, "peak_heap_bytes"), 100 * kMegabyte);
  check_about(number(traced, "mapped_peak_bytes"), 1024 * kMiB + 100 * kMegabyte);
  check_about(number(traced, "malloc_peak_bytes"), 100 * kMegabyte);
}

TEST_CASE("mappings count by touched pages, whatever becomes of them") {
  struct Row {
    const char* name;
    double peak_mib, end_mib, mapped_mib;
  };
  const Row rows[] = {
      {"whole", 100, 100, 100},          {"given_back", 100, 50, 100}, {"moved_arena", 15, 15, 1024},
      {"unmapped_in_part", 40, 20, 100}, {"short_lived", 30, 0, 64},   {"copy_on_write", 60, 60, 100},
      {"shared_inherited", 40, 40, 64},  {"shared_once", 30, 30, 160}, {"shared_kinds", 30, 30, 40},
      {"by_syscall", 80, 60, 200},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Traced traced = trace({CHUNKMARK_TRACE_TARGET, row.name});
    CHECK(traced.exit_status == 0);
    check_about(number(traced, "peak_heap_bytes"), row.peak_mib * kMiB);
    check_about(number(traced, "live_at_end_bytes"), row.end_mib * kMiB);
    check_about(number(traced, "mapped_peak_bytes"), row.mapped_mib * kMiB);
  }
}

TEST_CASE("shared memory counts once, and is named as shared") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "shared_once"});  // of the child, which set the mark
  check_about(number(traced, "shared_bytes"), 30 * kMiB);
  CHECK(largest(traced).at("shared_bytes") == largest(traced).at("bytes"));
}

TEST_CASE("memory that no event explains is told, with where it is") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "untold"});
  const json::array& unexplained = traced.figures.at("unexplained").as_array();
  REQUIRE(unexplained.size() == 1);
  CHECK(unexplained[0].at("anonymous_bytes").to_number<double>() > 80 * kMegabyte);
  const json::object& place = unexplained[0].at("places").as_array().at(0).as_object();
  CHECK(place.at("name") == "");
  CHECK(place.at("resident_bytes").to_number<double>() > 60 * kMegabyte);
  const std::string finding(traced.figures.at("findings").as_array().at(0).as_string());
  CHECK(finding.find("no event explains") != std::string::npos);
  CHECK(trace({CHUNKMARK_TRACE_TARGET, "whole"}).figures.at("unexplained").as_array().empty());
}

TEST_CASE("of a large block it is told what was touched") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "half_block"});
  check_about(number(traced, "peak_heap_bytes"), 100 * kMegabyte);
  check_about(largest(traced).at("large_bytes").to_number<double>(), 100 * kMegabyte);
  check_about(largest(traced).at("large_touched_bytes").to_number<double>(), 50 * kMegabyte);
}

}  // namespace
}  // namespace chunkmark::trace
