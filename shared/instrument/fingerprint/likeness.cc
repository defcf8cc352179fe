#include "instrument/fingerprint/likeness.h"

#include <algorithm>
#include <array>

namespace chunkmark::fingerprint {
namespace {

// A buffer's samples by region of a stride that may be coarser than its own.
class Regions {
 public:
  Regions(const Print& print, std::uint64_t stride) : bytes_(print.bytes), stride_(stride) {
    const std::uint64_t finer = stride / stride_of(print.bytes);
    for (std::size_t i = 0; i < print.samples.size();) {
      const std::uint32_t number = region_of(print.samples[i]);
      const std::size_t begin = i;
      while (i < print.samples.size() && region_of(print.samples[i]) == number) ++i;
      if (number % finer == 0) regions_[number / finer] = print.samples.subspan(begin, i - begin);
    }
  }

  std::span<const Sample> operator[](std::uint32_t number) const { return regions_[number]; }
  // Whether the buffer goes on to the end of a region's core.
  bool covers(std::uint32_t number) const {
    const std::uint64_t begin = number * stride_;
    return begin < bytes_ && bytes_ - begin >= kCoreEnd + kWindowBytes;
  }

 private:
  std::uint64_t bytes_, stride_;
  std::array<std::span<const Sample>, kMaxRegions> regions_{};
};

std::uint32_t cores(std::span<const Sample> samples) {
  return static_cast<std::uint32_t>(std::count_if(samples.begin(), samples.end(), is_core));
}

bool contains(std::span<const Sample> samples, Sample wanted) {
  return std::any_of(samples.begin(), samples.end(),
                     [wanted](Sample sample) { return hash_of(sample) == hash_of(wanted); });
}

// Of the one's samples, the fraction that the other has. Where the one says nothing (zeros, never touched) what the
// other holds is not shared; beyond the end of the other nothing is.
std::optional<double> contained(const Regions& one, const Regions& other) {
  std::uint32_t found = 0, wanted = 0;
  for (std::uint32_t i = 0; i < kMaxRegions; ++i) {
    const std::span<const Sample> has = other[i];
    if (one[i].empty() && one.covers(i)) wanted += cores(has);
    for (const Sample sample : one[i]) {
      if (!is_core(sample)) continue;
      ++wanted;
      if (contains(has, sample)) ++found;
    }
  }
  if (wanted < kMinSamples) return std::nullopt;
  return static_cast<double>(found) / wanted;
}

}  // namespace

std::optional<double> likeness(const Print& a, const Print& b) {
  const std::uint64_t stride = std::max(stride_of(a.bytes), stride_of(b.bytes));
  const Regions of_a(a, stride), of_b(b, stride);
  const std::optional<double> a_in_b = contained(of_a, of_b), b_in_a = contained(of_b, of_a);
  if (!a_in_b || !b_in_a) return std::nullopt;
  return std::max(*a_in_b, *b_in_a);
}

}  // namespace chunkmark::fingerprint
