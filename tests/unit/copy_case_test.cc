// A copy case travels to the process that runs it as JSON; the array that it stores is the same everywhere.
#include "study/copy_case.h"

#include <array>

#include "base/error.h"
#include "study/array_data.h"
#include "unit/catch.h"

namespace chunkmark::study {
namespace {

TEST_CASE("a case reads back as it was written") {
  CopyCase written;
  written.operation = "read";
  written.filesystem = "memory";
  written.engine = "zarr-python-3";
  written.format = "zarr2";
  written.codec = "gzip";
  written.data = "smooth";
  written.dtype = {array::Kind::kInt, 2};
  written.shape = {7, 300, 2};
  written.chunk_shape = {7, 100, 1};
  CHECK_FALSE(to_json(written).contains("shards"));
  written.shard_shape = {7, 300, 2};
  const CopyCase read = copy_case_from_json(parse_json(json::serialize(to_json(written)), "case"));
  CHECK(to_json(read) == to_json(written));
  CHECK(read.dtype == written.dtype);
  CHECK(read.shape == written.shape);
  CHECK(read.shard_shape == written.shard_shape);
  CHECK(read.array_bytes() == 8400);
  CHECK(read.name() == "read-memory-zarr2-gzip-zarr-python-3");
  CHECK(CopyCase().array_bytes() == 100'000'000);
}

TEST_CASE("what is no case is refused") {
  json::object good = to_json(CopyCase());
  CHECK_NOTHROW(copy_case_from_json(good));
  for (const auto& [key, value] : to_json(CopyCase())) {
    CAPTURE(std::string(key));
    json::object without = good, wrong = good;
    without.erase(key);
    wrong[key] = nullptr;
    CHECK_THROWS_AS(copy_case_from_json(without), Error);
    CHECK_THROWS_AS(copy_case_from_json(wrong), Error);
  }
  good["dtype"] = "float99";
  CHECK_THROWS_AS(copy_case_from_json(good), Error);
  CHECK_THROWS_AS(copy_case_from_json(json::array()), Error);
}

TEST_CASE("arrays of the same case are the same, of another seed others") {
  for (const char* name : {"int8", "uint16", "int32", "uint64", "float32", "float64"}) {
    CAPTURE(name);
    const array::DType dtype = array::parse_dtype_name(name).value();
    REQUIRE(can_fill(dtype));
    std::vector<std::byte> a(4096), b(4096);
    fill(a, dtype, "random", 42);
    fill(b, dtype, "random", 42);
    CHECK(a == b);
    fill(b, dtype, "random", 43);
    CHECK(a != b);
    fill(b, dtype, "smooth", 42);
    CHECK(a != b);
  }
  for (const char* name : {"bool", "float16", "complex64", "complex128"}) {
    CAPTURE(name);
    const array::DType dtype = array::parse_dtype_name(name).value();
    CHECK_FALSE(can_fill(dtype));
    std::byte out[16];
    CHECK_THROWS_AS(fill(out, dtype, "random", 1), Error);
  }
  std::byte out[16];
  CHECK_THROWS_WITH(fill(out, {array::Kind::kFloat, 4}, "zeros", 1), "data: expected random or smooth, found zeros");
}

TEST_CASE("random floats lie in [0, 1) and use all their mantissa; a smooth wave is between -1 and 1") {
  std::array<float, 4096> values{};
  const MutableByteView bytes = std::as_writable_bytes(std::span(values));
  fill(bytes, {array::Kind::kFloat, 4}, "random", 42);
  bool low_bit = false;
  double sum = 0;
  for (const float value : values) {
    REQUIRE((value >= 0 && value < 1));
    low_bit = low_bit || (static_cast<std::uint32_t>(value * 0x1p24f) & 1) != 0;
    sum += static_cast<double>(value);
  }
  CHECK(low_bit);
  CHECK((sum > 1900 && sum < 2200));
  fill(bytes, {array::Kind::kFloat, 4}, "smooth", 42);
  float most = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    REQUIRE((values[i] >= -1 && values[i] <= 1));
    most = std::max(most, std::abs(values[i] - values[i - 1]));
  }
  CHECK((most > 0 && most < 0.02F));
}

}  // namespace
}  // namespace chunkmark::study
