// Versions that are staged and committed read as they were staged.
#include <fstream>
#include <numeric>

#include "unit/catch.h"
#include "unit/commit_fixture.h"
#include "unit/versioned_fixture.h"

namespace chunkmark::versioned {
namespace {

using Values = std::vector<std::int32_t>;

DatasetOptions integers(array::Shape shape, array::Shape chunk, std::int32_t fill = 0) {
  DatasetOptions options;
  options.type = numpy_type_message("<i4");
  options.shape = std::move(shape);
  options.chunk = std::move(chunk);
  const auto bytes = std::as_bytes(std::span(&fill, 1));
  options.fill.assign(bytes.begin(), bytes.end());
  return options;
}

Values numbers(std::size_t count, std::int32_t first = 0) {
  Values values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

TEST_CASE("what is committed is read back, on top of what was there") {
  CommitFixture f;
  Stage first = f.writer->stage("r1");
  first.create_dataset("x", integers({10}, {4}, 7)).write(std::span<const std::int32_t>(numbers(10)));
  first.create_dataset("group/deep/m", integers({3, 5}, {2, 3}));
  first.attributes("")["message"] = AttributeValue::text("the first");
  first.attributes("group")["kept"] = AttributeValue::integer(3);
  first.attributes("x")["unit"] = AttributeValue::text("m");
  CHECK(f.commit(first).chunks_written == 3);

  Stage second = f.writer->stage("r2");
  CHECK(second.datasets() == std::vector<std::string>{"group/deep/m", "x"});
  StagedDataset& x = second.dataset("x");
  x.resize({12});
  x.set<std::int32_t>({5}, 99);
  const CommitSummary summary = f.commit(second);
  CHECK(summary.chunks_written == 2);
  CHECK(summary.datasets_unchanged == 1);

  Stage third = f.writer->stage("r3");
  third.dataset("x").resize({10});
  third.dataset("x").set<std::int32_t>({5}, 5);
  CHECK(f.commit(third).chunks_found == 2);  // as in r1

  f.close();
  if (const char* path = std::getenv("CHUNKMARK_KEEP")) {
    std::ofstream(path).write(reinterpret_cast<const char*>(f.disk.now().file.data()),
                              static_cast<std::streamsize>(f.disk.now().file.size()));
  }
  CHECK(f.findings() == "");
  const auto& image = f.disk.now().file;
  CHECK(read_all<std::int32_t>(image, "r1", "x") == numbers(10));
  CHECK(read_all<std::int32_t>(image, "r2", "x") == Values{0, 1, 2, 3, 4, 99, 6, 7, 8, 9, 7, 7});
  CHECK(read_all<std::int32_t>(image, "r3", "x") == numbers(10));
  CHECK(read_all<std::int32_t>(image, "r2", "group/deep/m") == Values(15));
}

}  // namespace
}  // namespace chunkmark::versioned
