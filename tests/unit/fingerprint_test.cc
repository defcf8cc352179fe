// Fingerprints prove copies, wherever they lie in their buffer, and nothing else.

#include "instrument/fingerprint/fingerprint.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "instrument/fingerprint/likeness.h"
#include "unit/catch.h"

namespace chunkmark::fingerprint {
namespace {

using Buffer = std::vector<std::byte>;
constexpr std::size_t kMiB = 1 << 20;

struct Taken {
  std::uint64_t bytes = 0;
  std::vector<Sample> samples;
  std::uint64_t read = 0;
  Print print() const { return {bytes, samples}; }
};

Taken taken(const Buffer& buffer) {
  struct Context {
    const Buffer& buffer;
    std::uint64_t read;
  } context{buffer, 0};
  const ReadRegion read = [](void* of, std::uint64_t offset, std::size_t bytes, std::byte* to) {
    auto& from = *static_cast<Context*>(of);
    if (offset + bytes > from.buffer.size()) return false;
    std::memcpy(to, from.buffer.data() + offset, bytes);
    from.read += bytes;
    return true;
  };
  static Workspace workspace;
  static Fingerprint fingerprint;
  CHECK(take(buffer.size(), read, &context, workspace, fingerprint));
  return {buffer.size(), {fingerprint.samples, fingerprint.samples + fingerprint.count}, context.read};
}

double like(const Buffer& a, const Buffer& b) {
  return likeness(taken(a).print(), taken(b).print()).value_or(-1);
}

Buffer random_bytes(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Buffer buffer(bytes / 8 * 8);
  for (std::size_t i = 0; i < buffer.size(); i += 8) {
    const std::uint64_t word = random();
    std::memcpy(buffer.data() + i, &word, 8);
  }
  return buffer;
}

// Elements of a type, as a function of their index.
template <typename T, typename Of>
Buffer elements(std::size_t bytes, Of of) {
  Buffer buffer(bytes / sizeof(T) * sizeof(T));
  for (std::size_t i = 0; i < buffer.size() / sizeof(T); ++i) {
    const auto value = static_cast<T>(of(i));
    std::memcpy(buffer.data() + i * sizeof(T), &value, sizeof(T));
  }
  return buffer;
}

Buffer joined(std::initializer_list<Buffer> parts) {
  Buffer all;
  for (const Buffer& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Buffer part(const Buffer& of, std::size_t begin, std::size_t end) {
  return {of.begin() + static_cast<std::ptrdiff_t>(begin), of.begin() + static_cast<std::ptrdiff_t>(end)};
}

TEST_CASE("a copy is proven behind a header, before a trailer, and in a larger buffer") {
  // Sizes on both sides of where the regions' stride doubles.
  for (const std::size_t bytes : {kMiB, kMiB + 8, 3 * kMiB, 8 * kMiB - 8, 8 * kMiB, 10'000'000ul}) {
    const Buffer array = random_bytes(bytes, bytes);
    INFO(bytes << " bytes");
    CHECK(like(array, array) == 1);
    for (const std::size_t header : {1u, 8u, 16u, 17u, 33u, 64u, 4096u, kMaxShift}) {
      INFO("a header of " << header << " bytes");
      CHECK(like(array, joined({random_bytes(header + 8, 1), array})) >= kSameBytes);
      CHECK(like(array, joined({Buffer(header), array})) >= kSameBytes);
      CHECK(like(part(array, header, array.size()), array) >= kSameBytes);
    }
    CHECK(like(array, joined({array, random_bytes(5000, 2)})) >= kSameBytes);
    CHECK(like(array, joined({Buffer(16), array, random_bytes(array.size(), 3)})) >= kSameBytes);
    CHECK(like(array, joined({array, Buffer(array.size() / 8)})) >= kSameBytes);  // room that was not used
  }
}

TEST_CASE("smooth data is proven as random data is") {
  const Buffer ramp = elements<double>(4 * kMiB, [](std::size_t i) { return std::sin(static_cast<double>(i) * 1e-4); });
  const Buffer counter = elements<std::int64_t>(4 * kMiB, [](std::size_t i) { return i; });
  const Buffer image = elements<float>(4 * kMiB, [](std::size_t i) {
    return std::cos(static_cast<double>(i % 1024) / 100) * std::sin(static_cast<double>(i / 1024) / 37);
  });
  for (const Buffer& array : {ramp, counter, image}) {
    CHECK(like(array, array) == 1);
    CHECK(like(array, joined({Buffer(17), array})) >= kSameBytes);
  }
  CHECK(like(ramp, counter) == 0);
}

TEST_CASE("part of an array is like it by that part") {
  const Buffer array = random_bytes(8 * kMiB, 5), other = random_bytes(8 * kMiB, 6);
  CHECK(like(array, part(array, 0, 4 * kMiB)) == 1);  // all that the smaller one holds
  const double half = like(array, joined({part(array, 0, 4 * kMiB), part(other, 0, 4 * kMiB)}));
  CHECK(half > 0.35);
  CHECK(half < 0.65);
  const double unfilled = like(array, joined({part(array, 0, 4 * kMiB), Buffer(4 * kMiB)}));
  CHECK(unfilled > 0.35);
  CHECK(unfilled < 0.65);
}

TEST_CASE("the same values in another form are other bytes") {
  const Buffer array = elements<double>(4 * kMiB, [](std::size_t i) { return std::sin(static_cast<double>(i)); });
  Buffer swapped = array, inverted = array, shuffled(array.size());
  for (std::size_t i = 0; i < array.size(); i += 8) {
    std::reverse(swapped.begin() + static_cast<std::ptrdiff_t>(i),
                 swapped.begin() + static_cast<std::ptrdiff_t>(i + 8));
    for (std::size_t j = 0; j < 8; ++j) shuffled[j * (array.size() / 8) + i / 8] = array[i + j];
  }
  for (std::byte& byte : inverted) byte = ~byte;
  const Buffer sum = elements<double>(4 * kMiB, [](std::size_t i) { return std::sin(static_cast<double>(i)) * 2; });
  for (const Buffer& other : {swapped, inverted, shuffled, sum}) CHECK(like(array, other) == 0);
}

TEST_CASE("what repeats itself proves nothing") {
  const Buffer ones = elements<double>(2 * kMiB, [](std::size_t) { return 1; });
  const Buffer zeros(2 * kMiB), pixels = elements<std::uint8_t>(2 * kMiB, [](std::size_t i) { return "abc"[i % 3]; });
  const Buffer mask = elements<std::uint8_t>(2 * kMiB, [](std::size_t i) { return i / 10'000 % 2; });
  for (const Buffer& constant : {ones, zeros, pixels, mask}) {
    CHECK(taken(constant).samples.empty());
    CHECK(like(constant, constant) == -1);
  }
  // Where half of an array is constant, the other half tells.
  const Buffer array = random_bytes(2 * kMiB, 7);
  CHECK(like(joined({zeros, array}), joined({zeros, array})) == 1);
  CHECK(like(joined({zeros, array}), joined({zeros, random_bytes(2 * kMiB, 8)})) == 0);
}

TEST_CASE("no two different buffers of a thousand pairs are taken for copies") {
  const auto make = [](std::mt19937_64& random) -> Buffer {
    const std::size_t bytes = kMiB + random() % (kMiB / 8);
    const double a = static_cast<double>(random() % 100'000) / 1e5 + 0.01, b = static_cast<double>(random() % 1000);
    const std::uint64_t start = random(), step = 1 + random() % 1000;
    switch (random() % 8) {
      case 0:
        return random_bytes(bytes, random());
      case 1:
        return elements<double>(bytes, [=](std::size_t i) { return std::sin(static_cast<double>(i) * a * 1e-3 + b); });
      case 2:
        return elements<float>(bytes, [=](std::size_t i) {
          return 100 +
                 50 * std::sin(static_cast<double>(i % 1000) * a / 10) * std::cos(static_cast<double>(i / 1000) / b);
        });
      case 3:
        return elements<std::int64_t>(bytes, [=](std::size_t i) { return start + i * step; });
      case 4:
        return elements<std::int32_t>(bytes, [=](std::size_t i) { return start + i * step; });
      case 5:
        return elements<std::uint8_t>(bytes, [=](std::size_t i) {
          return 128 + 100 * std::sin(static_cast<double>(i % 1000) * a / 10 + static_cast<double>(i / 1000) / (b + 1));
        });
      case 6:
        return elements<double>(bytes, [=](std::size_t i) { return static_cast<double>(i) * a + b; });
      default:
        return elements<float>(bytes, [=](std::size_t) { return a; });
    }
  };
  std::mt19937_64 random(20261128);
  double largest = 0;
  std::size_t compared = 0;
  for (int pair = 0; pair < 1000; ++pair) {
    const double found = like(make(random), make(random));
    largest = std::max(largest, found);
    compared += found >= 0;
  }
  CHECK(compared > 600);  // the rest holds a constant
  CHECK(largest < 0.2);
}

TEST_CASE("a megabyte at most is read, whatever the size") {
  for (const std::size_t bytes : {kMiB, kMiB + 1, 5 * kMiB + 3, 64 * kMiB}) {
    const Taken of = taken(Buffer(bytes));
    CHECK(of.read <= kMiB);
    CHECK(of.read >= kMiB / 2);
  }
  CHECK(stride_of(kMiB) == kRegionBytes);
  CHECK(stride_of(kMiB + 1) == 2 * kRegionBytes);
  CHECK(stride_of(100'000'000) == 4 * kMiB);
  CHECK(stride_of(~std::uint64_t{0}) == std::uint64_t{1} << 59);
}

TEST_CASE("a fingerprint is bounded, also of content that is made to have many samples") {
  const Taken of = taken(random_bytes(kMiB, 9));
  CHECK(of.samples.size() > 150);
  CHECK(of.samples.size() < 400);
  // One chosen window over and over, with a number in it that makes each another one.
  Buffer hostile = random_bytes(kMiB, 9);
  for (std::size_t at = 0; at + 4096 <= hostile.size(); at += 512)
    std::copy_n(hostile.begin(), 400, hostile.begin() + static_cast<std::ptrdiff_t>(at));
  CHECK(taken(hostile).samples.size() <= kMaxSamples);
}

TEST_CASE("a buffer that cannot be read has no fingerprint") {
  static Workspace workspace;
  static Fingerprint fingerprint;
  const ReadRegion read = [](void*, std::uint64_t, std::size_t, std::byte*) { return false; };
  CHECK(!take(kMiB, read, nullptr, workspace, fingerprint));
}

TEST_CASE("what no fingerprint has is compared all the same") {  // a capture may hold anything
  const std::vector<Sample> samples(2000, ~Sample{0});
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{kMiB}, ~std::uint64_t{0}}) {
    for (const std::uint64_t other : {std::uint64_t{0}, std::uint64_t{kMiB}, ~std::uint64_t{0}}) {
      likeness({bytes, samples}, {other, samples});
      likeness({bytes, {}}, {other, samples});
    }
  }
  CHECK(!likeness({0, {}}, {0, {}}));
}

}  // namespace
}  // namespace chunkmark::fingerprint
