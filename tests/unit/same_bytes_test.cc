// Which buffers hold the same bytes, and what is said of those that do not.

#include "instrument/figures/same_bytes.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "instrument/fingerprint/fingerprint.h"
#include "unit/catch.h"

namespace chunkmark::figures {
namespace {

using Bytes = std::vector<std::byte>;
constexpr std::size_t kArray = 8'000'000;

Bytes random_bytes(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes buffer(bytes / 8 * 8);
  for (std::size_t i = 0; i < buffer.size(); i += 8) {
    const std::uint64_t word = random();
    std::memcpy(buffer.data() + i, &word, 8);
  }
  return buffer;
}

Bytes part(const Bytes& of, std::size_t begin, std::size_t end) {
  return {of.begin() + static_cast<std::ptrdiff_t>(begin), of.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::vector<std::uint32_t> samples(const Bytes& buffer) {
  static fingerprint::Workspace workspace;
  static fingerprint::Fingerprint taken;
  const fingerprint::ReadRegion read = [](void* of, std::uint64_t offset, std::size_t bytes, std::byte* to) {
    std::memcpy(to, static_cast<const Bytes*>(of)->data() + offset, bytes);
    return true;
  };
  REQUIRE(fingerprint::take(buffer.size(), read, const_cast<Bytes*>(&buffer), workspace, taken));
  return {taken.samples, taken.samples + taken.count};
}

// A program whose buffers come from sites of their own: "array", "site2", "site3"... by the order of their birth.
class Program {
 public:
  Program() {
    tree_.strings.push_back("array");
    for (int i = 2; i < 10; ++i) tree_.strings.push_back("site" + std::to_string(i));
    for (std::uint32_t i = 1; i < tree_.strings.size(); ++i) {
      capture::Frame frame;
      frame.symbols.push_back({i, 0, 0});
      tree_.frames.push_back(frame);
      tree_.nodes.push_back({0, static_cast<std::uint32_t>(tree_.frames.size() - 1)});
    }
  }

  std::uint64_t allocate(std::uint64_t bytes) {
    address_ += std::uint64_t{1} << 32;
    analysis_.add(capture::Event{capture::EventKind::kAllocate, 0, ++stack_, ++time_, address_, bytes});
    return address_;
  }
  std::uint64_t map(std::uint64_t bytes, std::uint64_t touched) {
    address_ += std::uint64_t{1} << 32;
    analysis_.add(capture::Event{capture::EventKind::kMapPages, 0, ++stack_, ++time_, address_, bytes});
    analysis_.add(capture::Event{capture::EventKind::kPages, 0, stack_, ++time_, address_, touched});
    return address_;
  }
  // `count` blocks of one site, one after the other; the address of the first.
  std::uint64_t allocate_pieces(std::size_t count, std::uint64_t bytes) {
    address_ += std::uint64_t{1} << 32;
    ++stack_;
    for (std::size_t i = 0; i < count; ++i) {
      analysis_.add(capture::Event{capture::EventKind::kAllocate, 0, stack_, ++time_, address_ + i * bytes, bytes});
    }
    return address_;
  }
  void free(std::uint64_t address) {
    analysis_.add(capture::Event{capture::EventKind::kFree, 0, 0, ++time_, address, 0});
  }
  void copy(std::uint64_t to, std::uint64_t from, std::uint64_t bytes) {
    analysis_.add(capture::Event{capture::EventKind::kCopy, 0, 1, ++time_, to, bytes, from});
  }
  void print(std::uint64_t address, const Bytes& content) {
    analysis_.add(
        capture::ContentPrint{capture::PrintReason::kEnd, ++time_, address, content.size(), samples(content)});
  }
  void begin() { analysis_.add(capture::Mark{"begin", 0, ++time_, 0, 0}); }
  SameBytes same() {
    analysis_.finish(0, 0);
    return find_same_bytes(analysis_, tree_, kArray);
  }
  std::string site(std::uint32_t number) const { return profile::site_name(tree_, number); }

 private:
  capture::StackTree tree_;
  profile::Analysis analysis_;
  std::uint64_t address_ = 0, time_ = 0;
  std::uint32_t stack_ = 0;
};

TEST_CASE("each buffer is the array, like it, like another, or different") {
  const Bytes array = random_bytes(kArray, 1), other = random_bytes(kArray, 2);
  Program program;
  const std::uint64_t first = program.allocate(kArray);
  program.begin();
  for (const Bytes* content : {&array, &other, &other}) program.print(program.allocate(kArray), *content);
  program.print(program.allocate(kArray / 4), random_bytes(kArray / 4, 3));
  program.print(first, array);
  const SameBytes same = program.same();
  const auto check = [&](std::uint32_t site, Holds holds) {
    INFO("site " << site);
    CHECK(same.sites.at(program.site(site)).holds == holds);
  };
  check(1, Holds::kArray);
  check(2, Holds::kSameAsArray);
  check(3, Holds::kDifferent);
  check(4, Holds::kSameAsOther);
  check(5, Holds::kUnknown);  // it may be of a place in the array that no fingerprint has
  CHECK(same.sites.at(program.site(4)).other == program.site(3));
  CHECK(same.bytes_duplicated == 2 * kArray);
  CHECK(count_proven(same, kArray) == 1);
}

TEST_CASE("parts of the array are proven by the ranges that were looked at for them") {
  const Bytes array = random_bytes(kArray, 1);
  constexpr std::size_t kPart = kArray / 5;
  Program program;
  const std::uint64_t whole = program.allocate(kArray);
  program.begin();
  for (std::size_t i = 0; i < 5; ++i) {
    const Bytes content = part(array, i * kPart, (i + 1) * kPart);
    const std::uint64_t address = program.allocate(kPart);
    if (i == 4) break;  // of one nothing is known
    program.print(address, content);
    program.print(whole + i * kPart, content);
  }
  program.print(whole, array);
  const SameBytes same = program.same();
  for (std::uint32_t site = 2; site < 6; ++site) {
    CHECK(same.sites.at(program.site(site)).holds == Holds::kPartOfArray);
    CHECK(same.sites.at(program.site(site)).same_bytes == kPart);
  }
  CHECK(same.sites.at(program.site(6)).holds == Holds::kUnknown);
  CHECK(same.bytes_duplicated == 4 * kPart);
}

TEST_CASE("a part that a copy of the array holds is part of the array") {
  const Bytes array = random_bytes(kArray, 1);
  constexpr std::size_t kPart = kArray / 5;
  Program program;
  const std::uint64_t whole = program.allocate(kArray);
  program.begin();
  const std::uint64_t first = program.allocate(kPart), copy = program.allocate(kArray);
  program.print(first, part(array, kPart, 2 * kPart));
  program.print(copy + kPart, part(array, kPart, 2 * kPart));
  program.print(copy, array);
  program.print(whole, array);
  const SameBytes same = program.same();
  CHECK(same.sites.at(program.site(2)).holds == Holds::kPartOfArray);
  CHECK(same.sites.at(program.site(3)).holds == Holds::kSameAsArray);
  CHECK(same.bytes_duplicated == kPart + kArray);
}

TEST_CASE("a range proves nothing of a part that holds something else") {
  const Bytes array = random_bytes(kArray, 1);
  constexpr std::size_t kPart = kArray / 4;
  Program program;
  const std::uint64_t whole = program.allocate(kArray);
  program.print(program.allocate(kPart), random_bytes(kPart, 5));
  program.print(whole + kPart, part(array, kPart, 2 * kPart));
  program.print(whole, array);
  const SameBytes same = program.same();
  CHECK(same.sites.at(program.site(2)).holds == Holds::kUnknown);
  CHECK(same.bytes_duplicated == 0);
}

TEST_CASE("an arena that is hardly touched is not taken for the array, and counts as much as it holds") {
  const Bytes content = random_bytes(9'000'000, 1);
  Program program;
  program.map(1 << 30, 4096);
  const std::uint64_t array = program.allocate(9'000'000), copy = program.map(9'000'000, 7'500'000);
  program.print(array, content);
  program.print(copy, content);
  const SameBytes same = program.same();
  CHECK(same.sites.at(program.site(2)).has_array);
  CHECK(same.sites.at(program.site(3)).holds == Holds::kSameAsArray);
  CHECK(same.bytes_duplicated == 7'500'000);
}

TEST_CASE("what was there twice before the window began is not the operation's") {
  const Bytes array = random_bytes(kArray, 1);
  Program program;
  const std::uint64_t first = program.allocate(kArray), second = program.allocate(kArray);
  program.begin();
  program.print(program.allocate(kArray), random_bytes(kArray, 2));
  program.print(first, array);
  program.print(second, array);
  const SameBytes same = program.same();
  CHECK(same.sites.at(program.site(2)).holds == Holds::kSameAsArray);
  CHECK(same.bytes_duplicated == 0);
  CHECK(count_proven(same, kArray) == 0);
}

TEST_CASE("small blocks that a buffer was gathered from, or cut into, hold its bytes") {
  constexpr std::size_t kPiece = 8000, kCount = kArray / kPiece;
  const Bytes array = random_bytes(kArray, 1);
  Program program;
  const std::uint64_t whole = program.allocate(kArray);
  program.begin();
  const std::uint64_t gathered = program.allocate_pieces(kCount, kPiece), cut = program.allocate_pieces(kCount, kPiece),
                      other = program.allocate_pieces(kCount, kPiece), half = program.allocate_pieces(kCount, kPiece);
  const std::uint64_t different = program.allocate(kArray);
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::uint64_t at = i * kPiece;
    program.copy(whole + at, gathered + at, kPiece);
    program.copy(cut + at + 32, whole + at, kPiece - 32);  // after a header
    program.copy(different + at, other + at, kPiece);
    if (i % 2 == 0) program.copy(whole + at, half + at, kPiece);
  }
  for (std::size_t i = 0; i < kCount; ++i) program.free(gathered + i * kPiece);  // after the peak: they were there
  program.print(different, random_bytes(kArray, 2));
  program.print(whole, array);
  const SameBytes same = program.same();
  CHECK(same.sites.at(program.site(2)).holds == Holds::kSameAsArray);
  CHECK(same.sites.at(program.site(2)).same_bytes == kArray);
  CHECK(same.sites.at(program.site(3)).holds == Holds::kSameAsArray);
  CHECK(same.sites.at(program.site(3)).same_bytes == kArray - kCount * 32);
  CHECK(same.sites.at(program.site(4)).holds == Holds::kSameAsOther);
  CHECK(same.sites.at(program.site(4)).other == program.site(6));
  CHECK(same.sites.at(program.site(5)).holds == Holds::kPartOfArray);
  CHECK(same.sites.at(program.site(5)).same_bytes == kArray / 2);
  CHECK(count_proven(same, kArray) == 2);
}

TEST_CASE("a reader's buffer in between does not hide whose bytes small blocks hold") {
  constexpr std::size_t kPiece = 8000, kCount = kArray / kPiece;
  Program program;
  const std::uint64_t whole = program.allocate(kArray);
  program.begin();
  const std::uint64_t gathered = program.allocate_pieces(kCount, kPiece), cut = program.allocate_pieces(kCount, kPiece),
                      unread = program.allocate_pieces(kCount, kPiece), between = program.allocate_pieces(1, kPiece);
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::uint64_t at = i * kPiece;
    program.copy(between, unread + at, kPiece);  // written over before it was read
    program.copy(between, gathered + at, kPiece);
    program.copy(whole + at, between, 5000);
    program.copy(whole + at + 5000, between + 5000, 3000);
    program.copy(between, whole + at, kPiece);
    program.copy(cut + at, between, kPiece);
  }
  program.print(whole, random_bytes(kArray, 1));
  const SameBytes same = program.same();
  CHECK(same.sites.at(program.site(2)).holds == Holds::kSameAsArray);
  CHECK(same.sites.at(program.site(2)).same_bytes == kArray);
  CHECK(same.sites.at(program.site(3)).holds == Holds::kSameAsArray);
  CHECK_FALSE(same.sites.contains(program.site(4)));
  CHECK(count_proven(same, kArray) == 2);
}

TEST_CASE("a small block whose copy begins beyond its first page, or goes past its end, holds nothing for sure") {
  constexpr std::size_t kPiece = 16000, kCount = kArray / kPiece;
  Program program;
  const std::uint64_t whole = program.allocate(kArray);
  program.begin();
  const std::uint64_t late = program.allocate_pieces(kCount, kPiece),
                      long_one = program.allocate_pieces(kCount, kPiece);
  for (std::size_t i = 0; i < kCount; ++i) {
    program.copy(whole + i * kPiece, late + i * kPiece + 10000, 6000);
    program.copy(whole + i * 6000, long_one + i * kPiece + 32, kPiece);
  }
  program.print(whole, random_bytes(kArray, 1));
  const SameBytes same = program.same();
  CHECK_FALSE(same.sites.contains(program.site(2)));
  CHECK_FALSE(same.sites.contains(program.site(3)));
}

}  // namespace
}  // namespace chunkmark::figures
