// Strided boxes of elements: where array data is read to, and copies between two such places.
//
// A Dest borrows the caller's bytes and never owns; whoever holds one must not outlive the owner. Strides are
// in bytes. Not thread-safe in any special way: they are plain values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace chunkmark::hdf5 {

// A box of an array: where it starts and how many elements it has, axis by axis.
struct Region {
  std::vector<std::uint64_t> start, count;

  std::uint64_t elements() const;
  static Region whole(std::span<const std::uint64_t> shape);
};

// Writable memory with the shape of the region that is read into it.
struct Dest {
  std::byte* data = nullptr;
  std::vector<std::uint64_t> strides;  // bytes, one per axis

  // Row-major, without gaps.
  static Dest packed(std::byte* data, std::span<const std::uint64_t> count, std::uint64_t element_bytes);
};

std::vector<std::uint64_t> packed_strides(std::span<const std::uint64_t> count, std::uint64_t element_bytes);

// Bytes that follow one another without a gap from the box's start, given its strides: whole trailing axes
// and a run of the next one.
std::uint64_t contiguous_bytes(std::span<const std::uint64_t> count, std::span<const std::uint64_t> strides,
                               std::uint64_t element_bytes);

// The bytes from the box's first element to its last, gaps included; 0 for an empty box.
std::uint64_t span_bytes(std::span<const std::uint64_t> count, std::span<const std::uint64_t> strides,
                         std::uint64_t element_bytes);

void copy_box(const std::byte* from, std::span<const std::uint64_t> from_strides, std::byte* to,
              std::span<const std::uint64_t> to_strides, std::span<const std::uint64_t> count,
              std::uint64_t element_bytes);

// Every element becomes `value`, or zeros if `value` is empty.
void fill_box(std::byte* to, std::span<const std::uint64_t> strides, std::span<const std::uint64_t> count,
              std::uint64_t element_bytes, ByteView value);

}  // namespace chunkmark::hdf5
