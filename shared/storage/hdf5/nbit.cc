// The nbit filter (5): of each number only the bits that its type says are significant, one after the other.
//
// The filter's values describe the type as a tree: a number (size, order, precision, offset), an array (size, element),
// a compound (size, members with their offsets), or bytes that are kept as they are (size). The bits of all elements
// are one stream, highest first: of each number byte by byte from the most significant one. Bits that are not stored
// are zero. Source: H5Znbit.c's format.
#include <algorithm>

#include "storage/hdf5/bit_reader.h"
#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {
namespace {

// Positions in the filter's values; the type follows.
enum : std::size_t { kNotCompressed = 1, kCount = 2, kType = 3 };
enum : std::uint32_t { kNumber = 1, kArray = 2, kCompound = 3, kBytes = 4 };
constexpr std::uint32_t kBigEndian = 1;
constexpr int kMaxDepth = 16;  // as types may nest

class Unpacker {
 public:
  Unpacker(const Filter& filter, ByteView in, std::string_view what)
      : values_(filter.values), what_(std::string(what) + ": nbit"), bits_(in, what_) {}

  // Of the type at `at`, which is moved behind it.
  void element(std::size_t& at, MutableByteView out, int depth) {
    if (depth > kMaxDepth) refuse("types nested deeper than " + std::to_string(kMaxDepth));
    const std::uint32_t kind = value(at);
    const std::uint32_t size = value(at);
    if (size == 0)
      refuse("a type of no bytes");  // so each element takes some of the input, and all of it takes no longer
    if (size != out.size())
      refuse("a type of " + std::to_string(size) + " bytes where " + std::to_string(out.size()) + " are stored");
    switch (kind) {
      case kNumber:
        return number(at, out);
      case kArray:
        return array(at, out, depth);
      case kCompound:
        return compound(at, out, depth);
      case kBytes:
        for (std::byte& byte : out) byte = static_cast<std::byte>(bits_.next(8));
        return;
      default:
        refuse("kind of type " + std::to_string(kind) + ", expected 1 to 4");
    }
  }

  std::uint32_t size_at(std::size_t at) { return value(++at); }

 private:
  // Significant bits are offset .. offset + precision, counted from the least significant one.
  void number(std::size_t& at, MutableByteView out) {
    const bool big_endian = value(at) == kBigEndian;
    const std::uint64_t precision = value(at), offset = value(at), end = precision + offset;
    if (precision == 0 || end > 8 * out.size()) {
      refuse(std::to_string(precision) + " bits from " + std::to_string(offset) + " of a number of " +
             std::to_string(out.size()) + " bytes");
    }
    for (std::uint64_t byte = (end - 1) / 8 + 1; byte-- > offset / 8;) {
      const std::uint64_t low = std::max(offset, 8 * byte), high = std::min(end, 8 * byte + 8);
      const std::uint64_t stored = bits_.next(static_cast<unsigned>(high - low)) << (low - 8 * byte);
      out[static_cast<std::size_t>(big_endian ? out.size() - 1 - byte : byte)] = static_cast<std::byte>(stored);
    }
  }

  void array(std::size_t& at, MutableByteView out, int depth) {
    const std::size_t begin = at;
    // Bytes that are kept are told as one run, with the size of one.
    if (value(at) == kBytes) {
      value(at);
      for (std::byte& byte : out) byte = static_cast<std::byte>(bits_.next(8));
      return;
    }
    const std::uint32_t size = value(at);
    if (size == 0 || out.size() % size != 0) {
      refuse("an array of " + std::to_string(out.size()) + " bytes, its elements have " + std::to_string(size));
    }
    for (std::size_t done = 0; done < out.size(); done += size) {
      at = begin;
      element(at, out.subspan(done, size), depth + 1);
    }
  }

  void compound(std::size_t& at, MutableByteView out, int depth) {
    for (std::uint32_t members = value(at); members > 0; --members) {
      const std::uint32_t offset = value(at);
      const std::uint32_t size = size_at(at);
      if (offset > out.size() || size > out.size() - offset) {
        refuse("a member of " + std::to_string(size) + " bytes at " + std::to_string(offset) + " of a compound of " +
               std::to_string(out.size()));
      }
      element(at, out.subspan(offset, size), depth + 1);
    }
  }

  std::uint32_t value(std::size_t& at) {
    if (at >= values_.size()) refuse("a type that takes more than its " + std::to_string(values_.size()) + " values");
    return values_[at++];
  }

  [[noreturn]] void refuse(const std::string& found) const { corrupt(what_, found); }

  const std::vector<std::uint32_t>& values_;
  std::string what_;
  BitReader bits_;
};

}  // namespace

std::size_t decode_nbit(const Filter& filter, ByteView in, MutableByteView out, std::string_view what) {
  if (filter.values.size() < kType + 2) {
    corrupt(what, "nbit: " + std::to_string(filter.values.size()) + " values, expected at least " +
                      std::to_string(kType + 2));
  }
  if (filter.values[kNotCompressed] != 0) {
    if (in.size() > out.size())
      corrupt(what, "nbit: " + std::to_string(in.size()) + " bytes, expected at most " + std::to_string(out.size()));
    std::copy(in.begin(), in.end(), out.begin());
    return in.size();
  }
  const std::uint64_t count = filter.values[kCount], size = filter.values[kType + 1];
  if (size == 0 || count > out.size() / size) {
    corrupt(what, "nbit: " + std::to_string(count) + " elements of " + std::to_string(size) +
                      " bytes, expected at most " + std::to_string(out.size()) + " bytes");
  }
  const auto bytes = static_cast<std::size_t>(count * size);
  std::fill_n(out.begin(), bytes, std::byte{0});
  Unpacker unpacker(filter, in, what);
  for (std::size_t done = 0; done < bytes; done += static_cast<std::size_t>(size)) {
    std::size_t at = kType;
    unpacker.element(at, out.subspan(done, static_cast<std::size_t>(size)), 0);
  }
  return bytes;
}

}  // namespace chunkmark::hdf5
