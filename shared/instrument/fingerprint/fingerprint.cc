#include "instrument/fingerprint/fingerprint.h"

namespace chunkmark::fingerprint {
namespace {

// The rolling hash ("gear"): each byte adds a random number to the hash of those before, shifted up by one. A byte's
// number has left the 64 bits after 64 more, so that the hash is of the last 64 bytes alone.
struct Gear {
  std::uint64_t of[256];
};

constexpr std::uint64_t scrambled(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

constexpr Gear make_gear() {
  Gear gear{};
  for (std::uint64_t i = 0; i < 256; ++i) gear.of[i] = scrambled((i + 1) * 0x9e3779b97f4a7c15u);
  return gear;
}

constexpr Gear kGear = make_gear();
constexpr int kChosenBits = 12;
// In a region of one repeated pattern each place, or none, is chosen: more than this many tell nothing.
constexpr std::uint32_t kMaxChosen = 64;
// A window counts if, compared with itself moved by each short period, at least this many bytes differ.
constexpr std::uint32_t kMinDifferences = 8;
constexpr std::uint32_t kPeriods[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

std::uint64_t word_at(const std::byte* at) {
  std::uint64_t word;
  __builtin_memcpy(&word, at, sizeof word);
  return word;
}

bool repeats(const std::byte* window, std::uint32_t period) {
  std::uint32_t differences = 0;
  for (std::uint32_t i = period; i < kWindowBytes; ++i) {
    if (window[i] != window[i - period] && ++differences == kMinDifferences) return false;
  }
  return true;
}

bool says_something(const std::byte* window) {
  for (const std::uint32_t period : kPeriods) {
    if (repeats(window, period)) return false;
  }
  return true;
}

std::uint32_t hash_window(const std::byte* window) {
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < kWindowBytes; i += 8) hash = scrambled(hash ^ word_at(window + i)) + i;
  return static_cast<std::uint32_t>(hash >> 38);  // 26 bits: with the region and the core's bit a word of 32
}

// The samples of one region. More than it has room for lose those at its end, in both buffers about the same.
void sample_region(const std::byte* region, std::uint32_t bytes, std::uint32_t number, Fingerprint& fingerprint) {
  const std::uint32_t first = fingerprint.count;
  std::uint64_t rolling = 0;
  std::uint32_t chosen = 0;
  for (std::uint32_t end = 0; end < bytes; ++end) {
    rolling = (rolling << 1) + kGear.of[static_cast<std::uint8_t>(region[end])];
    if (__builtin_expect(rolling >> (64 - kChosenBits) != 0, 1) || end + 1 < kWindowBytes) continue;
    const std::byte* window = region + end + 1 - kWindowBytes;
    // By far the most frequent pattern (zeros, ones of any type) is passed over for the price of one comparison.
    if (word_at(region + end - 7) == word_at(region + end - 15)) continue;
    if (++chosen > kMaxChosen) return;
    if (!says_something(window)) continue;
    const std::uint32_t begin = end + 1 - kWindowBytes;
    const std::uint32_t core = begin >= kCoreBegin && begin < kCoreEnd ? kMaxRegions : 0;
    const Sample sample = hash_window(window) * (2 * kMaxRegions) + core + number;
    bool known = false;  // the same bytes once more say nothing new
    for (std::uint32_t i = first; i < fingerprint.count; ++i) known = known || fingerprint.samples[i] == sample;
    if (known) continue;
    fingerprint.samples[fingerprint.count++] = sample;
    if (fingerprint.count - first == kMaxSamplesPerRegion) return;
  }
}

// Zeros say nothing, and much of what a program has just been given is zero: to see that takes a tenth of the time.
bool is_zero(const std::byte* region, std::uint32_t bytes) {
  constexpr std::uint32_t kBlock = 512;
  std::uint32_t at = 0;
  for (; at + kBlock <= bytes; at += kBlock) {
    std::uint64_t any = 0;
    for (std::uint32_t i = 0; i < kBlock; i += 8) any |= word_at(region + at + i);
    if (any != 0) return false;
  }
  for (; at < bytes; ++at) {
    if (region[at] != std::byte{0}) return false;
  }
  return true;
}

}  // namespace

std::uint64_t stride_of(std::uint64_t bytes) {
  std::uint64_t stride = kRegionBytes;
  while (bytes / kMaxRegions > stride || (bytes / kMaxRegions == stride && bytes % kMaxRegions != 0)) stride *= 2;
  return stride;
}

bool take(std::uint64_t bytes, ReadRegion read, void* context, Workspace& workspace, Fingerprint& fingerprint) {
  fingerprint.count = 0;
  const std::uint64_t stride = stride_of(bytes);
  std::uint32_t number = 0;
  for (std::uint64_t at = 0; at < bytes; at += stride, ++number) {
    const std::uint64_t left = bytes - at;
    const std::uint32_t length = left < kRegionBytes ? static_cast<std::uint32_t>(left) : kRegionBytes;
    __builtin_memset(workspace.region, 0, length);
    if (!read(context, at, length, workspace.region)) return false;
    if (!is_zero(workspace.region, length)) sample_region(workspace.region, length, number, fingerprint);
  }
  return true;
}

}  // namespace chunkmark::fingerprint
