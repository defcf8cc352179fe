// Fingerprint: a sample of what a buffer holds, small enough to be written down whenever it is looked at, by which two
// buffers can be told to hold the same bytes (likeness.h).
//
// Which places are sampled. Regions of 32 KiB begin at multiples of a stride, which is the least power of two that
// gives at most 32 of them: at most 1 MiB is read, and the regions of a larger buffer are among those of a smaller one.
// Within a region the content itself decides: a sample is a window of 256 bytes whose last 64 have a rolling hash with
// 12 leading zero bits, about one in 4096. So a window is chosen, or not, wherever it lies.
//
// Why that withstands a header before the data. Moved by at most kMaxShift, a window of the middle 8 KiB of a region,
// its core, still lies in the region with the same number of the other buffer, and is chosen there too: to find all
// samples of one's cores among all samples of the other's region is certain, not likely. What begins further off (a
// part from the middle of an array) is not found: to read one hundredth of a buffer cannot tell that.
//
// What says nothing is left out: windows that repeat themselves (constant, zero, a pattern of a few bytes). Two arrays
// of ones are alike, but that is no sign of a copy.
//
// Pure: no allocation, no call of a library, a caller's workspace; it runs inside traced programs. Reentrant.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chunkmark::fingerprint {

constexpr std::uint32_t kMaxRegions = 32;
constexpr std::uint32_t kRegionBytes = 32u << 10;
constexpr std::uint32_t kWindowBytes = 256;
constexpr std::uint32_t kCoreBegin = 12u << 10;  // in the region; where a window of the core begins
constexpr std::uint32_t kCoreEnd = 20u << 10;
constexpr std::uint32_t kMaxShift = kCoreBegin - kWindowBytes;
constexpr std::uint32_t kMaxSamplesPerRegion = 24;  // 8 on average
constexpr std::uint32_t kMaxSamples = kMaxRegions * kMaxSamplesPerRegion;

// Hash, region and whether it begins in the region's core, in one word.
using Sample = std::uint32_t;
constexpr std::uint32_t region_of(Sample sample) {
  return sample & (kMaxRegions - 1);
}
constexpr bool is_core(Sample sample) {
  return (sample & kMaxRegions) != 0;
}
constexpr std::uint32_t hash_of(Sample sample) {
  return sample / (2 * kMaxRegions);
}

struct Fingerprint {
  std::uint32_t count;
  Sample samples[kMaxSamples];  // by region, in the order of their places
};

struct Workspace {
  std::byte region[kRegionBytes];
};

// Copies `bytes` bytes at `offset` of the buffer to `to`; those that are not there (pages that were never touched) are
// left alone, and were zero before the call. False: nothing can be read.
using ReadRegion = bool (*)(void* context, std::uint64_t offset, std::size_t bytes, std::byte* to);

// The stride of a buffer's regions.
std::uint64_t stride_of(std::uint64_t bytes);

// The fingerprint of a buffer of `bytes` bytes. False if it cannot be read.
bool take(std::uint64_t bytes, ReadRegion read, void* context, Workspace& workspace, Fingerprint& fingerprint);

}  // namespace chunkmark::fingerprint
