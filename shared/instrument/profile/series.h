// Series: a long run of values over time, kept in a bounded number of buckets that keep their extremes.
//
// When the buckets are used up their width doubles, so the memory is the same for a second and for a day. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace chunkmark::profile {

class Series {
 public:
  struct Bucket {
    std::uint64_t first_ns = 0;  // time of the first value in it
    std::uint64_t min = 0, max = 0, last = 0;
    std::uint64_t min_ns = 0, max_ns = 0;
    bool empty = true;
  };

  // Values come in about the order of time; one that is late goes to its own bucket all the same.
  void add(std::uint64_t time_ns, std::uint64_t value) {
    if (time_ns - newest_ns_ >= width_ns_ || buckets_.empty()) find_bucket(time_ns);
    Bucket& bucket = buckets_[newest_];
    if (bucket.empty) {
      bucket = {time_ns, value, value, value, time_ns, time_ns, false};
      return;
    }
    if (value < bucket.min) bucket.min = value, bucket.min_ns = time_ns;
    if (value > bucket.max) bucket.max = value, bucket.max_ns = time_ns;
    bucket.last = value;
  }

  const std::vector<Bucket>& buckets() const { return buckets_; }

 private:
  static constexpr std::size_t kBuckets = 2048;  // about two per pixel of the widest chart

  void find_bucket(std::uint64_t time_ns) {
    std::uint64_t index = time_ns / width_ns_;
    while (index >= kBuckets) {
      merge_pairs();
      index = time_ns / width_ns_;
    }
    if (index >= buckets_.size()) buckets_.resize(static_cast<std::size_t>(index) + 1);
    newest_ = static_cast<std::size_t>(index);
    newest_ns_ = index * width_ns_;
  }

  void merge_pairs() {
    for (std::size_t i = 0; i < buckets_.size(); i += 2) {
      Bucket merged = buckets_[i];
      if (i + 1 < buckets_.size() && !buckets_[i + 1].empty) {
        const Bucket& next = buckets_[i + 1];
        if (merged.empty) {
          merged = next;
        } else {
          if (next.min < merged.min) merged.min = next.min, merged.min_ns = next.min_ns;
          if (next.max > merged.max) merged.max = next.max, merged.max_ns = next.max_ns;
          merged.last = next.last;
        }
      }
      buckets_[i / 2] = merged;
    }
    buckets_.resize((buckets_.size() + 1) / 2);
    width_ns_ *= 2;
  }

  std::vector<Bucket> buckets_;
  std::uint64_t width_ns_ = 1000;
  std::size_t newest_ = 0;  // the bucket of the last value, and where it begins
  std::uint64_t newest_ns_ = 0;
};

}  // namespace chunkmark::profile
