// Which store a URL opens, and what is said of one that opens none.
#include "native/store/open_store.h"

#include "base/error.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::store {
namespace {

constexpr auto kNone = bytes::Durability::kNone;

TEST_CASE("a path and a file URL are the same folder") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "deep";
  const auto by_path = open_store(path, kNone), by_url = open_store("file://" + path, kNone);
  write_text(*by_path, "a/b", "x");
  CHECK(read_text(*by_url, "a/b", 10) == "x");
  CHECK(std::filesystem::is_regular_file(folder.path() / "deep" / "a" / "b"));
  CHECK(folder_of_store(path) == std::filesystem::path(path));
  CHECK(folder_of_store("file://" + path) == std::filesystem::path(path));
  CHECK(folder_of_store("/tmp/a://b") == std::filesystem::path("/tmp/a://b"));
  CHECK(folder_of_store("relative/a%20b") == std::filesystem::path("relative/a%20b"));
}

TEST_CASE("every memory: is a store of its own, and no folder") {
  const auto one = open_store("memory:", kNone), other = open_store("memory:", kNone);
  write_text(*one, "a", "x");
  CHECK(read_text(*one, "a", 10) == "x");
  CHECK(read_text(*other, "a", 10) == std::nullopt);
  CHECK(folder_of_store("memory:") == std::nullopt);
}

TEST_CASE("what is no store is refused with those that there are") {
  for (const auto& [url, told] : {
           std::pair(
               "ftp://host/path",
               "store: expected a folder or file:// or memory: or s3:// or http:// or https://, found ftp://host/path"),
           std::pair("", "store: expected a folder or file:// or memory: or s3:// or http:// or https://, found "),
           std::pair("file://host/path", "store: expected file:///PATH, found file://host/path"),
           std::pair("memory:name", "store: expected memory: and nothing behind it, found memory:name"),
       }) {
    CAPTURE(url);
    try {
      open_store(url, kNone);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kInvalidArgument);
      CHECK(error.what() == std::string(told));
    }
    CHECK_THROWS_AS(folder_of_store(url), Error);
  }
}

}  // namespace
}  // namespace chunkmark::store
