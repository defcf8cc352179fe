#include "instrument/figures/same_bytes.h"

#include <algorithm>
#include <vector>

#include "base/stable_sort.h"
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

// Of a part, to the range of a larger buffer that was looked at for its sake.
std::optional<double> likeness_in_range(const LargeBuffer& part, const LargeBuffer& whole) {
  std::optional<double> best;
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
  sort_stably(buffers, [](const LargeBuffer& a, const LargeBuffer& b) { return a.held_bytes > b.held_bytes; });
  buffers.resize(kMaxBuffers);
  sort_stably(buffers, [](const LargeBuffer& a, const LargeBuffer& b) { return a.born < b.born; });
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

// Compares the buffers with each other. What is like the array, or like an older buffer, has that as its original.
class Comparison {
 public:
  Comparison(const std::vector<LargeBuffer>& buffers, const std::vector<profile::PieceGroup>& pieces,
             const capture::StackTree& tree, std::uint64_t array_bytes)
      : pieces_(pieces),
        buffers_(buffers),
        tree_(tree),
        array_bytes_(array_bytes),
        array_(find_array(buffers, array_bytes)),
        contents_(buffers.size()),
        original_of_(buffers.size()) {
    compare_whole();
    compare_parts();
  }

  SameBytes same_bytes() const;

 private:
  const std::vector<profile::PieceGroup>& pieces_;
  void compare_whole();
  void compare_parts();
  void add_pieces(SameBytes& same) const;
  void note_same(std::size_t buffer, std::size_t original, double likeness);

  const std::vector<LargeBuffer>& buffers_;
  const capture::StackTree& tree_;
  std::uint64_t array_bytes_;
  std::size_t array_;
  std::vector<Content> contents_;
  std::vector<std::size_t> original_of_;  // a buffer that is like no other: itself
};

void Comparison::compare_whole() {
  std::vector<std::size_t> originals;
  if (array_ < buffers_.size()) originals.push_back(array_);
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    original_of_[i] = i;
    Content& content = contents_[i];
    if (i == array_) {
      content.holds = Holds::kArray;
      content.has_array = true;
      continue;
    }
    const std::uint64_t bytes = buffers_[i].held_bytes;
    const bool comparable = bytes >= array_bytes_ / 2 && bytes / 3 <= array_bytes_ / 2;
    for (const std::size_t original : originals) {
      const std::optional<double> alike = likeness(buffers_[i].prints, buffers_[original].prints);
      if (original == array_) {
        content.likeness = alike;
        if (alike && comparable) content.holds = Holds::kDifferent;
      }
      if (!is_same(alike)) continue;
      note_same(i, original, *alike);
      break;
    }
    if (original_of_[i] == i) originals.push_back(i);
  }
}

// The range of a larger buffer tells as well where that one is a copy of the array, and the array itself was filled
// late.
void Comparison::compare_parts() {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    for (std::size_t whole = 0; whole < buffers_.size() && i != array_ && original_of_[i] == i; ++whole) {
      if (buffers_[whole].bytes <= buffers_[i].bytes) continue;
      const std::optional<double> alike = likeness_in_range(buffers_[i], buffers_[whole]);
      if (is_same(alike)) note_same(i, original_of_[whole], *alike);
    }
  }
}

void Comparison::note_same(std::size_t buffer, std::size_t original, double likeness) {
  original_of_[buffer] = original;
  Content& content = contents_[buffer];
  content.likeness = likeness;
  content.same_bytes = std::min(buffers_[buffer].held_bytes, buffers_[original].held_bytes);
  if (original != array_) {
    content.holds = Holds::kSameAsOther;
    content.other = profile::site_name(tree_, buffers_[original].stack);
  } else {
    content.holds = content.same_bytes < array_bytes_ / 10 * 9 ? Holds::kPartOfArray : Holds::kSameAsArray;
  }
}

SameBytes Comparison::same_bytes() const {
  SameBytes same;
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const Content& found = contents_[i];
    const LargeBuffer &buffer = buffers_[i], &original = buffers_[original_of_[i]];
    const std::string name = profile::site_name(tree_, buffer.stack);
    if (&original != &buffer) {
      if (original_of_[i] == array_) same.array_bytes_again[name] += buffer.before_window ? 0 : found.same_bytes;
      if (!buffer.before_window || !original.before_window) same.bytes_duplicated += found.same_bytes;
    }
    Content& content = same.sites[name];
    const std::uint64_t same_bytes = content.same_bytes + found.same_bytes;
    const bool has_array = content.has_array || found.has_array;
    if (weight(found.holds) > weight(content.holds)) content = found;
    content.same_bytes = same_bytes;
    content.has_array = has_array;
  }
  add_pieces(same);
  return same;
}

// Together the pieces of a site can hold what one buffer does. Of a site that has large buffers too, these tell more.
void Comparison::add_pieces(SameBytes& same) const {
  std::map<std::pair<std::uint32_t, std::size_t>, std::uint64_t> bytes_of;  // by stack and original
  for (const profile::PieceGroup& group : pieces_) {
    const auto at = std::find_if(buffers_.begin(), buffers_.end(),
                                 [&](const LargeBuffer& buffer) { return buffer.born == group.buffer; });
    if (at == buffers_.end() || group.before_window) continue;
    bytes_of[{group.stack, original_of_[static_cast<std::size_t>(at - buffers_.begin())]}] += group.bytes;
  }
  for (const auto& [key, bytes] : bytes_of) {
    const auto [stack, original] = key;
    if (bytes < array_bytes_ / 4) continue;
    const std::string name = profile::site_name(tree_, stack);
    Content& content = same.sites[name];
    if (original == array_) same.array_bytes_again[name] += bytes;
    same.bytes_duplicated += bytes;
    content.same_bytes += bytes;
    if (content.holds != Holds::kUnknown) continue;
    content.holds = original != array_              ? Holds::kSameAsOther
                    : bytes < array_bytes_ / 10 * 9 ? Holds::kPartOfArray
                                                    : Holds::kSameAsArray;
    if (original != array_) content.other = profile::site_name(tree_, buffers_[original].stack);
  }
}

}  // namespace

SameBytes find_same_bytes(const profile::Analysis& analysis, const capture::StackTree& tree,
                          std::uint64_t array_bytes) {
  return Comparison(largest_at_peak(analysis), analysis.buffers().pieces_at_peak(), tree, array_bytes).same_bytes();
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
