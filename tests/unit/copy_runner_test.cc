// A copy case run by Chunkmark's own engine: what it stores, and that a read checks what it got.
#include "study/copy_runner.h"

#include "base/error.h"
#include "storage/store/faulty_store.h"
#include "storage/store/memory_store.h"
#include "storage/zarr/metadata.h"
#include "unit/catch.h"

namespace chunkmark::study {
namespace {

using Marks = std::vector<std::string>;

CopyCase small_case(const char* operation, const char* format, const char* codec, const char* data = "random") {
  CopyCase copy_case;
  copy_case.operation = operation;
  copy_case.format = format;
  copy_case.codec = codec;
  copy_case.data = data;
  copy_case.shape = {300, 40};
  copy_case.chunk_shape = {128, 40};
  return copy_case;
}

Marks run(const CopyCase& copy_case, store::Store& store, std::vector<std::byte>& array) {
  InlineExecutor executor;
  Marks marks;
  array.resize(copy_case.array_bytes());
  run_copy_case(copy_case, array, store, executor, [&](const char* name) { marks.emplace_back(name); });
  return marks;
}

TEST_CASE("a read gets what the write of the same case stored, in every format and codec, between two marks") {
  for (const char* format : {"zarr2", "zarr3"}) {
    for (const char* codec : {"none", "blosc", "zstd", "gzip"}) {
      for (const char* data : {"random", "smooth"}) {
        CAPTURE(format, codec, data);
        store::MemoryStore store;
        std::vector<std::byte> written, read;
        CHECK(run(small_case("write", format, codec, data), store, written) == Marks{"begin", "end"});
        CHECK(run(small_case("read", format, codec, data), store, read) == Marks{"begin", "end"});
        CHECK(read == written);
        CHECK((store.open(std::string(format) == "zarr2" ? "array/0.0" : "array/c/0/0") != nullptr));
      }
    }
  }
}

TEST_CASE("in shards, a chunk is a part of an object") {
  CopyCase write = small_case("write", "zarr3", "zstd", "random");
  write.chunk_shape = {32, 20};
  write.shard_shape = {128, 40};
  CopyCase read = write;
  read.operation = "read";
  store::MemoryStore store;
  std::vector<std::byte> written, back;
  run(write, store, written);
  run(read, store, back);
  CHECK(back == written);
  CHECK(store.list("array/c") == std::vector<std::string>{"0/", "1/", "2/"});
  CHECK(zarr::inner_chunk_shape(zarr::parse_v3(*store::read_text(store, "array/zarr.json", 10000), "zarr.json")) ==
        array::Shape{32, 20});
}

TEST_CASE("a read of other bytes than the case's is corrupt, and names the case and the place") {
  store::MemoryStore store;
  std::vector<std::byte> array;
  run(small_case("write", "zarr3", "none", "smooth"), store, array);
  try {
    run(small_case("read", "zarr3", "none", "random"), store, array);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kCorrupt);
    CHECK(error.what() ==
          std::string("read-local-zarr3-none-chunkmark: the bytes read differ from those written within [0, 48000)"));
  }
}

TEST_CASE("a read of nothing, and a write that fails, say so; no mark tells an end that was not") {
  store::MemoryStore memory;
  std::vector<std::byte> array;
  CHECK_THROWS_AS(run(small_case("read", "zarr3", "none"), memory, array), Error);
  store::FaultyStore faulty(memory);
  faulty.fail_at(3, true);
  InlineExecutor executor;
  Marks marks;
  const CopyCase copy_case = small_case("write", "zarr3", "none");
  CHECK_THROWS_AS(
      run_copy_case(copy_case, array, faulty, executor, [&](const char* name) { marks.emplace_back(name); }), Error);
  CHECK(marks == Marks{"begin"});
}

}  // namespace
}  // namespace chunkmark::study
