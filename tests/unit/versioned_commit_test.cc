// Versions that are staged and committed read as they were staged.
#include <fstream>
#include <functional>
#include <numeric>

#include "bytes/memory_file.h"
#include "native/os/thread_executor.h"
#include "storage/hdf5/compression_text.h"
#include "storage/hdf5_library/handle.h"
#include "storage/hdf5_library/hdf5_driver.h"
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

// Chunks of 16 KiB of several datasets, compressed and not, fixed and strings, some of them equal.
TEST_CASE("the file is the same, however many lanes hash and encode its chunks") {
  const auto made_with = [](Executor* executor) {
    CommitFixture f(new_versioned_file(0), executor);
    Stage first = f.writer->stage("r1");
    for (const std::string compression : {"none", "gzip", "zstd"}) {
      DatasetOptions options = integers({100000}, {4096});
      options.filters = hdf5::parse_compression(compression, 4, 4 * 4096);
      first.create_dataset(compression, options).write(std::span<const std::int32_t>(numbers(100000)));
    }
    DatasetOptions strings;
    strings.type = string_type_message();
    strings.shape = {300};
    strings.chunk = {100};
    first.create_dataset("strings", strings).write_strings({{0}, {300}}, std::vector<std::string>(300, "text"));
    CHECK(f.commit(first).chunks_written == 3 * 25 + 1);
    Stage second = f.writer->stage("r2");
    Values values = numbers(100000, 4096);  // all but the last two chunks are there already
    second.dataset("gzip").write(std::span<const std::int32_t>(values));
    second.dataset("none").write(std::span<const std::int32_t>(numbers(100000, 7)));
    const CommitSummary summary = f.commit(second);
    CHECK(summary.chunks_found == 23);
    CHECK(summary.chunks_written == 2 + 25);
    f.close();
    CHECK(f.findings() == "");
    CHECK(read_all<std::int32_t>(f.disk.now().file, "r2", "gzip") == values);
    return f.disk.now().file;
  };
  const std::vector<std::byte> alone = made_with(nullptr);
  os::ThreadExecutor executor(3);
  CHECK(made_with(&executor) == alone);
}

// Each version's hash, by which the next equal chunk would be found, is that of its elements (`verify` hashes them
// anew).
TEST_CASE("rows behind a chunk's are hashed alone where those before stay as they were") {
  const std::vector<std::pair<const char*, std::function<void(StagedDataset&)>>> ways = {
      {"nothing else", [](StagedDataset&) {}},
      {"fewer rows before",
       [](StagedDataset& x) {
         x.resize({900, 4});
       }},
      {"fewer columns before",
       [](StagedDataset& x) {
         x.resize({1000, 3});
       }},
      {"more columns before",
       [](StagedDataset& x) {
         x.resize({1000, 5});
       }},
      {"an element of the last row",
       [](StagedDataset& x) {
         x.set<std::int32_t>({999, 3}, -1);
       }},
      {"a region", [](StagedDataset& x) {
         const Values values = numbers(4);
         x.write({{500, 1}, {2, 2}}, array::Source::dense(std::as_bytes(std::span(values)).data(), x.dtype(), {2, 2}));
       }}};
  for (const auto& [name, change] : ways) {
    INFO(name);
    CommitFixture f;
    Stage first = f.writer->stage("r1");
    first.create_dataset("x", integers({1000, 4}, {4096, 8})).write(std::span<const std::int32_t>(numbers(4000, 1)));
    f.commit(first);
    Stage second = f.writer->stage("r2");
    StagedDataset& x = second.dataset("x");
    change(x);
    x.resize({1100, 4});
    Values expected(4400);
    x.read(array::whole(x.shape()),
           array::Dest::dense(std::as_writable_bytes(std::span(expected)).data(), x.dtype(), x.shape()));
    f.commit(second);
    f.close();
    CHECK(f.findings() == "");
    CHECK(read_all<std::int32_t>(f.disk.now().file, "r2", "x") == expected);
  }
}

TEST_CASE("padding is not written, and reads as zeros whatever lay behind the end of the file that is in use") {
  for (const std::size_t left_behind : {0, 1 << 20}) {
    std::vector<std::byte> image = new_versioned_file(0);
    image.resize(image.size() + left_behind, std::byte{0xaa});
    CommitFixture f(image);
    Stage stage = f.writer->stage("r1");
    constexpr std::size_t kRows = 100, kChunk = 100000;
    stage.create_dataset("x", integers({kRows}, {kChunk})).write(std::span<const std::int32_t>(numbers(kRows)));
    f.commit(stage);
    CHECK((f.disk.written_bytes() < kChunk) == (left_behind == 0));
    f.close();
    CHECK(f.findings() == "");

    const bytes::MemoryFile file("file", f.disk.now().file);
    VersionedFile versions(file);
    Values stored(kChunk);
    hdf5::Dataset& raw = versions.session().raw("/_version_data/x/raw_data");
    raw.read(array::whole({kChunk}),
             array::Dest::dense(std::as_writable_bytes(std::span(stored)).data(), raw.dtype(), {kChunk}));
    Values expected = numbers(kRows);
    expected.resize(kChunk);
    CHECK(stored == expected);
  }
}

// A heap collection has 4096 bytes at least: versions share them.
TEST_CASE("a version of one changed chunk takes about a kilobyte") {
  CommitFixture f;
  Stage first = f.writer->stage("r0");
  first.create_dataset("x", integers({8}, {4}));
  f.commit(first);
  const auto change = [&](int number) {
    Stage stage = f.writer->stage("r" + std::to_string(number));
    stage.dataset("x").set<std::int32_t>({1}, number);
    f.commit(stage);
  };
  for (int number = 1; number < 20; ++number) change(number);
  const std::size_t before = f.disk.now().file.size();
  for (int number = 20; number < 60; ++number) change(number);
  CHECK((f.disk.now().file.size() - before) / 40 < 1500);
}

TEST_CASE("a hash table of few rows takes little of the file") {
  CommitFixture f;
  const std::size_t before = f.disk.now().file.size();
  Stage stage = f.writer->stage("r0");
  for (const char* name : {"a", "b", "c", "d"})
    stage.create_dataset(name, integers({4}, {4})).set<std::int32_t>({0}, 1);
  f.commit(stage);
  CHECK(f.disk.now().file.size() - before < 60000);
}

// Whatever is left free at a heap's end, a whole object header or not: every string is read by the HDF5 library too.
TEST_CASE("strings fill the heap of the version before") {
  CommitFixture f;
  constexpr int kVersions = 200;
  const auto message = [](int number) { return std::string(static_cast<std::size_t>(number * 37 % 330), 'm'); };
  for (int number = 0; number < kVersions; ++number) {
    Stage stage = f.writer->stage("r" + std::to_string(number));
    stage.attributes("")["message"] = AttributeValue::text(message(number));
    f.commit(stage);
  }
  f.close();
  CHECK(f.findings() == "");
  bytes::MemoryFile file("strings", f.disk.now().file);
  hdf5_library::Hdf5Driver driver(file);
  const hdf5_library::Handle id(H5Fopen("strings", H5F_ACC_RDONLY, driver.access()), H5Fclose);
  const hdf5_library::Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  int right = 0;
  for (int number = 0; number < kVersions; ++number) {
    const std::string version = "/_version_data/versions/r" + std::to_string(number);
    const hdf5_library::Handle attribute(H5Aopen_by_name(id, version.c_str(), "message", H5P_DEFAULT, H5P_DEFAULT),
                                         H5Aclose);
    char* text = nullptr;
    if (H5Aread(attribute, type, static_cast<void*>(&text)) < 0) continue;
    right += message(number) == (text ? text : "");
    H5free_memory(text);
  }
  CHECK(right == kVersions);
}

}  // namespace
}  // namespace chunkmark::versioned
