#include "instrument/figures/same_bytes.h"

#include <algorithm>
#include <vector>

#include "instrument/fingerprint/likeness.h"

namespace chunkmark::figures {
namespace {

using profile::LargeBuffer;

// Each is compared with each: the largest so many.
constexpr std::size_t kMaxBuffers = 64;

std::optional<double> likeness(const LargeBuffer::Prints& a, const LargeBuffer::Prints& b) {
  std::optional<double> best;
  for (const LargeBuffer::Print& of_a : a) {
    for (const LargeBuffer::Print& of_b : b) {
      const std::optional<double> found = fingerprint::likeness({of_a.bytes, of_a.samples}, {of_b.bytes, of_b.samples});
      if (found && (!best || *found > *best)) best = found;
    }
  }
  return best;
}

std::optional<double> likeness(const LargeBuffer& a, const LargeBuffer& b) {
  std::optional<double> best = likeness(a.prints, b.prints);
  const LargeBuffer &part = a.bytes < b.bytes ? a : b, &whole = a.bytes < b.bytes ? b : a;
  for (const auto& [range, prints] : whole.ranges) {
    if (range.second != part.bytes) continue;
    const std::optional<double> found = likeness(part.prints, prints);
    if (found && (!best || *found > *best)) best = found;
  }
  return best;
}

bool is_same(std::optional<double> likeness) {
  return likeness && *likeness >= fingerprint::kSameBytes;
}

std::vector<LargeBuffer> largest_at_peak(const profile::Analysis& analysis) {
  std::vector<LargeBuffer> buffers = analysis.buffers().at_peak();
  if (buffers.size() <= kMaxBuffers) return buffers;
  std::stable_sort(buffers.begin(), buffers.end(),
                   [](const LargeBuffer& a, const LargeBuffer& b) { return a.held_bytes > b.held_bytes; });
  buffers.resize(kMaxBuffers);
  std::sort(buffers.begin(), buffers.end(), [](const LargeBuffer& a, const LargeBuffer& b) { return a.born < b.born; });
  return buffers;
}

// The array's place in `buffers`; their number if it is not there.
std::size_t find_array(const std::vector<LargeBuffer>& buffers, std::uint64_t array_bytes) {
  const auto has_size = [array_bytes](const LargeBuffer& buffer) {
    return buffer.bytes >= array_bytes && buffer.bytes <= array_bytes + array_bytes / 100;
  };
  auto found = std::find_if(buffers.begin(), buffers.end(),
                            [&](const LargeBuffer& buffer) { return buffer.before_window && has_size(buffer); });
  if (found == buffers.end()) found = std::find_if(buffers.begin(), buffers.end(), has_size);
  if (found == buffers.end()) {
    found = std::find_if(buffers.begin(), buffers.end(),
                         [array_bytes](const LargeBuffer& buffer) { return buffer.held_bytes >= array_bytes; });
  }
  return static_cast<std::size_t>(found - buffers.begin());
}

// How telling a content is, when a site has several.
int weight(Holds holds) {
  switch (holds) {
    case Holds::kSameAsArray:
      return 5;
    case Holds::kPartOfArray:
      return 4;
    case Holds::kSameAsOther:
      return 3;
    case Holds::kDifferent:
      return 2;
    case Holds::kArray:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

SameBytes find_same_bytes(const profile::Analysis& analysis, const capture::StackTree& tree,
                          std::uint64_t array_bytes) {
  const std::vector<LargeBuffer> buffers = largest_at_peak(analysis);
  const std::size_t array = find_array(buffers, array_bytes);
  SameBytes same;
  std::vector<std::size_t> originals;  // the array first, then each that is like none before it
  if (array < buffers.size()) originals.push_back(array);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const LargeBuffer& buffer = buffers[i];
    const std::string name = profile::site_name(tree, buffer.stack);
    Content found;
    if (i == array) {
      found.holds = Holds::kArray;
    } else {
      const bool comparable = buffer.held_bytes >= array_bytes / 2 && buffer.held_bytes / 3 <= array_bytes / 2;
      for (const std::size_t original : originals) {
        const std::optional<double> alike = likeness(buffer, buffers[original]);
        if (original == array) {
          found.likeness = alike;
          if (alike && comparable) found.holds = Holds::kDifferent;
        }
        if (!is_same(alike)) continue;
        found.same_bytes = std::min(buffer.held_bytes, buffers[original].held_bytes);
        const bool is_part = found.same_bytes < array_bytes / 10 * 9;
        found.holds = original != array ? Holds::kSameAsOther : is_part ? Holds::kPartOfArray : Holds::kSameAsArray;
        found.likeness = alike;
        if (original != array) found.other = profile::site_name(tree, buffers[original].stack);
        if (original == array) same.array_bytes_again[name] += buffer.before_window ? 0 : found.same_bytes;
        if (!buffer.before_window || !buffers[original].before_window) same.bytes_duplicated += found.same_bytes;
        break;
      }
      if (found.same_bytes == 0) originals.push_back(i);
    }
    Content& content = same.sites[name];
    content.has_array = content.has_array || i == array;
    content.same_bytes += found.same_bytes;
    if (weight(found.holds) > weight(content.holds)) {
      content.holds = found.holds;
      content.likeness = found.likeness;
      content.other = found.other;
    }
  }
  return same;
}

std::uint64_t count_proven(const SameBytes& same_bytes, std::uint64_t array_bytes) {
  std::uint64_t count = 0;
  for (const auto& [name, bytes] : same_bytes.array_bytes_again) count += (bytes * 5 + array_bytes) / (array_bytes * 5);
  return count;
}

const char* holds_text(Holds holds) {
  switch (holds) {
    case Holds::kArray:
      return "array";
    case Holds::kSameAsArray:
      return "same bytes as the array";
    case Holds::kPartOfArray:
      return "same bytes as part of the array";
    case Holds::kSameAsOther:
      return "same bytes as another buffer";
    case Holds::kDifferent:
      return "different content";
    default:
      return "unknown";
  }
}

}  // namespace chunkmark::figures
