// SameBytes: which of the buffers alive at the heap peak hold the same bytes, by their fingerprints.
//
// The array is the one that was alive when the window began and has its size (up to 1 % more), else the first of that
// size, else the first that is larger. Two buffers hold the same bytes where a fingerprint of the one, the last before
// the peak or the first after it, has nine tenths of its samples in one of the other's, or of a range of the other that
// was looked at for the one's sake: so the parts in which an array was fetched are known to be parts of it. Blocks too
// small for a fingerprint are judged by the copies between them and a large buffer, together by call site. That
// something is different is said of a buffer from half to one and a half of the array's size; another one may hold part
// of the array from a place that no fingerprint has, so that nothing is known. Pure functions of an Analysis.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "instrument/profile/analysis.h"
#include "instrument/profile/sites.h"

namespace chunkmark::figures {

enum class Holds { kUnknown, kArray, kSameAsArray, kPartOfArray, kSameAsOther, kDifferent };

// What the large buffers of one call site hold: the most telling, where they differ; of the array's own site what is
// there besides the array.
struct Content {
  Holds holds = Holds::kUnknown;
  bool has_array = false;          // the array itself is among them
  std::optional<double> likeness;  // to the array, or to the other
  std::string other;               // kSameAsOther: the site of the buffer that is like it
  std::uint64_t same_bytes = 0;    // bytes that another buffer holds too
};

struct SameBytes {
  std::map<std::string, Content> sites;  // by name; those of large buffers
  std::uint64_t bytes_duplicated = 0;    // held more than once; not what was so before the window began
  std::map<std::string, std::uint64_t> array_bytes_again;  // by site: bytes of buffers that hold the array's
};

SameBytes find_same_bytes(const profile::Analysis& analysis, const capture::StackTree& tree, std::uint64_t array_bytes);

// Buffers that hold the array's bytes, besides it, counted as extra copies are.
std::uint64_t count_proven(const SameBytes& same_bytes, std::uint64_t array_bytes);

// "array", "same bytes as the array", "same bytes as part of the array", "same bytes as another buffer", "different
// content", "unknown": as JSON and pages have it.
const char* holds_text(Holds holds);

}  // namespace chunkmark::figures
