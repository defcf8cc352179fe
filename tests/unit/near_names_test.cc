// What is offered in place of a name that is not there.
#include "native/cli/near_names.h"

#include "unit/catch.h"

namespace chunkmark::cli {
namespace {

TEST_CASE("names that may have been meant") {
  struct Row {
    const char* wanted;
    std::vector<std::string> names;
    const char* expected;
  };
  const Row rows[] = {
      {"r3", {}, ""},
      {"v3", {"r1", "r3", "r13"}, "; did you mean r3?"},
      {"group/price", {"group/prices", "group/volumes"}, "; did you mean group/prices?"},
      {"abc", {"abd", "ab", "xbc", "abcd"}, "; did you mean ab, abcd, abd?"},
      {"nothing like it", {"a", "b"}, "; there are a, b"},
      {"nothing like it", {"a", "b", "c", "d", "e"}, "; there are a, b, c and 2 more"},
      {"x", {"m"}, "; there are m"},
      {"", {"a"}, "; there are a"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.wanted);
    CHECK(near_names(row.wanted, row.names) == row.expected);
  }
}

}  // namespace
}  // namespace chunkmark::cli
