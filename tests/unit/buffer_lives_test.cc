// Which buffers were alive at the peak, and which of their fingerprints tell what they held then.

#include "instrument/profile/buffer_lives.h"

#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

using capture::EventKind;
constexpr std::uint64_t kMB = 1'000'000, kA = 0x10000000, kB = 0x20000000, kC = 0x30000000;

struct Lives {
  BufferLives lives;
  void event(EventKind kind, std::uint64_t address, std::uint64_t bytes = 0) {
    lives.add(capture::Event{kind, 0, 1, 0, address, bytes});
  }
  void print(std::uint64_t address, std::uint64_t bytes, std::uint32_t sample) {
    lives.add(capture::ContentPrint{capture::PrintReason::kPeak, 0, address, bytes, {sample}});
  }
  // The first sample of each fingerprint that tells of the peak.
  static std::vector<std::uint32_t> samples(const LargeBuffer::Prints& prints) {
    std::vector<std::uint32_t> found;
    for (const LargeBuffer::Print& print : prints) found.push_back(print.samples.at(0));
    return found;
  }
};

using Samples = std::vector<std::uint32_t>;

TEST_CASE("the last fingerprint before the peak and the first after it are kept") {
  Lives of;
  of.event(EventKind::kAllocate, kA, 8 * kMB);
  of.print(kA, 8 * kMB, 1);
  of.event(EventKind::kAllocate, kB, 2 * kMB);
  of.print(kA, 8 * kMB, 2);
  of.event(EventKind::kAllocate, kC, 2 * kMB);
  of.lives.note_peak();
  of.print(kA, 8 * kMB, 3);
  of.event(EventKind::kFree, kB);
  of.print(kA, 8 * kMB, 4);
  of.print(kA, 8 * kMB, 5);
  const std::vector<LargeBuffer> buffers = of.lives.at_peak();
  REQUIRE(buffers.size() == 3);  // in the order of their births, also the one that ended
  CHECK(Lives::samples(buffers[0].prints) == Samples{2, 3});
  CHECK(buffers[1].prints.empty());
  CHECK(buffers[2].bytes == 2 * kMB);
}

TEST_CASE("a higher peak has the newest fingerprint before it") {
  Lives of;
  of.event(EventKind::kAllocate, kA, 8 * kMB);
  of.lives.note_peak();
  of.print(kA, 8 * kMB, 1);
  of.event(EventKind::kAllocate, kB, 2 * kMB);
  of.event(EventKind::kFree, kB);
  of.print(kA, 8 * kMB, 2);
  of.event(EventKind::kAllocate, kC, 4 * kMB);
  of.lives.note_peak();
  of.print(kA, 8 * kMB, 3);
  const std::vector<LargeBuffer> buffers = of.lives.at_peak();
  REQUIRE(buffers.size() == 2);  // not the one that was gone
  CHECK(Lives::samples(buffers[0].prints) == Samples{2, 3});
}

TEST_CASE("buffers end by every way that there is") {
  Lives of;
  of.event(EventKind::kAllocate, kA, 8 * kMB);
  of.event(EventKind::kReallocFree, kA);
  of.event(EventKind::kReallocAllocate, kB, 9 * kMB);
  of.event(EventKind::kMap, kC, 4 * kMB);
  of.event(EventKind::kUnmap, kC + kMB, kMB);   // what is left of it is another buffer
  of.event(EventKind::kAllocate, kB, 3 * kMB);  // an end that was not seen
  of.event(EventKind::kAllocate, kA, capture::kLargeBytes - 1);
  of.lives.note_peak();
  const std::vector<LargeBuffer> buffers = of.lives.at_peak();
  REQUIRE(buffers.size() == 1);
  CHECK(buffers[0].bytes == 3 * kMB);
}

TEST_CASE("a mapping that counts by pages holds what was touched of it") {
  Lives of;
  of.event(EventKind::kMapPages, kA, 1000 * kMB);
  of.event(EventKind::kPages, kA, 30 * kMB);
  of.event(EventKind::kPages, kA, 10 * kMB);
  of.event(EventKind::kMapShared, kC, 8 * kMB);
  of.event(EventKind::kPages, kC, 9 * kMB);
  of.lives.note_peak();
  const std::vector<LargeBuffer> buffers = of.lives.at_peak();
  REQUIRE(buffers.size() == 2);
  CHECK(buffers[0].bytes == 1000 * kMB);
  CHECK(buffers[0].held_bytes == 30 * kMB);
  CHECK(buffers[1].held_bytes == 8 * kMB);
}

TEST_CASE("a fingerprint within a buffer is of that range, and there are not too many") {
  Lives of;
  of.event(EventKind::kAllocate, kA, 8 * kMB);
  of.lives.note_peak();
  of.print(kA + 2 * kMB, 2 * kMB, 1);
  of.print(kA, 2 * kMB, 2);
  of.print(kA + 7 * kMB, 2 * kMB, 3);  // beyond its end
  of.print(kA - 1, 2 * kMB, 4);        // in none
  of.print(kA, ~std::uint64_t{0}, 5);
  const std::vector<LargeBuffer> buffers = of.lives.at_peak();
  REQUIRE(buffers.size() == 1);
  CHECK(buffers[0].prints.empty());
  REQUIRE(buffers[0].ranges.size() == 2);
  CHECK(Lives::samples(buffers[0].ranges.at({2 * kMB, 2 * kMB})) == Samples{1});
  for (std::uint64_t i = 1; i < 1000; ++i) of.print(kA + i, kMB, 6);
  CHECK(of.lives.at_peak()[0].ranges.size() == 64);
}

TEST_CASE("what lived when the window began is known to be older") {
  Lives of;
  of.event(EventKind::kAllocate, kA, 8 * kMB);
  of.lives.open_window();
  of.event(EventKind::kAllocate, kB, 8 * kMB);
  of.lives.note_peak();
  CHECK(of.lives.at_peak()[0].before_window);
  CHECK_FALSE(of.lives.at_peak()[1].before_window);
  CHECK_FALSE(of.lives.has_prints());
}

}  // namespace
}  // namespace chunkmark::profile
