// A file that the Python library wrote, read and verified: the same on every host, WebAssembly among them.
#include <fstream>

#include "bytes/memory_file.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/verify.h"
#include "unit/catch.h"

namespace chunkmark::versioned {
namespace {

bytes::MemoryFile golden_file() {
  std::ifstream file(CHUNKMARK_GOLDEN "/versioned/kinds.h5", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const ByteView view = as_byte_view(text);
  return bytes::MemoryFile("kinds.h5", {view.begin(), view.end()});
}

TEST_CASE("a file of the Python library is read and verified alike on every host") {
  const bytes::MemoryFile memory = golden_file();
  REQUIRE(memory.size() > 0);
  VersionedFile file(memory);
  CHECK(verify(file).sound());
  const Version version = file.current();
  CHECK(version.info().name == "r1");

  const VersionDataset grid = version.dataset("grid");
  REQUIRE(grid.shape() == array::Shape{3, 5});
  std::vector<double> values(grid.count());
  grid.read(std::span(values));
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == static_cast<double>(i) / 2);

  std::vector<std::string> names;
  const VersionDataset texts = version.dataset("names");
  texts.read_strings(array::whole(texts.shape()), [&](std::string_view text) { names.emplace_back(text); });
  CHECK(names == std::vector<std::string>{"a", "\xc3\xa9", "it's"});

  // Every dataset is hashed, whatever its type.
  const json::object document = dump_file(file, {});
  for (const auto& [path, dataset] : document.at("versions").at("r1").at("datasets").get_object()) {
    CAPTURE(std::string(path));
    CHECK(dataset.at("sha256").is_string());
  }
}

}  // namespace
}  // namespace chunkmark::versioned
