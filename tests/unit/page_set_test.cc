// A sparse set of pages against a plain one.
#include "native/trace/page_set.h"

#include <random>
#include <set>

#include "unit/catch.h"

namespace chunkmark::trace {
namespace {

TEST_CASE("pages are added by words at any place, and counted and removed by ranges") {
  std::mt19937_64 random(5);
  PageSet pages;
  std::set<std::uint64_t> model;
  const auto place = [&] { return (random() % 3) * 1'000'000 + random() % 2000; };
  for (int step = 0; step < 3000; ++step) {
    const std::uint64_t first = place(), end = first + random() % 1500;
    if (step % 3 == 0) {
      pages.remove(first, end);
      model.erase(model.lower_bound(first), model.lower_bound(end));
    } else {
      const std::uint64_t bits = random() & random();
      std::uint64_t fresh = 0;
      for (std::uint64_t bit = 0; bit < 64; ++bit) {
        if ((bits >> bit & 1) != 0 && model.insert(first + bit).second) fresh |= std::uint64_t{1} << bit;
      }
      REQUIRE(pages.add(first, bits) == fresh);
    }
    REQUIRE(pages.count(first, end) ==
            static_cast<std::uint64_t>(std::distance(model.lower_bound(first), model.lower_bound(end))));
  }
  CHECK(pages.count(0, ~std::uint64_t{0}) == model.size());
  CHECK(pages.add(~std::uint64_t{0} - 63, 0) == 0);
}

}  // namespace
}  // namespace chunkmark::trace
