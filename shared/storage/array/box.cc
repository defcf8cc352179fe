#include "storage/array/box.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace chunkmark::array {
namespace {

struct Axis {
  std::uint64_t count = 0;
  std::int64_t from = 0, to = 0;  // bytes from one index to the next
};

// The loops that a box takes, outermost first.
struct Loops {
  std::array<Axis, kMaxRank> axis;
  std::size_t size = 0;
  bool empty = false;
};

// Dimensions of one index need no loop. The others come by falling strides of the destination, so that it is written
// as densely as it can be. Two neighbours are one loop where the outer step is the inner loop's whole length, on both
// sides: element k of the merged loop is then element (k / inner, k % inner) of the two.
Loops loops_of(const Shape& shape, const Strides& from, const Strides& to) {
  Loops loops;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) loops.empty = true;
    if (shape[i] <= 1) continue;
    std::size_t at = loops.size++;
    for (; at > 0 && std::abs(loops.axis[at - 1].to) < std::abs(to[i]); --at) loops.axis[at] = loops.axis[at - 1];
    loops.axis[at] = {shape[i], from[i], to[i]};
  }
  if (loops.empty || loops.size == 0) return loops;
  std::size_t last = 0;
  for (std::size_t i = 1; i < loops.size; ++i) {
    Axis& outer = loops.axis[last];
    const Axis& inner = loops.axis[i];
    const auto inner_count = static_cast<std::int64_t>(inner.count);
    if (outer.from == inner_count * inner.from && outer.to == inner_count * inner.to) {
      outer = {outer.count * inner.count, inner.from, inner.to};
    } else {
      loops.axis[++last] = inner;
    }
  }
  loops.size = last + 1;
  return loops;
}

// Takes the innermost loop off where it is one run of bytes on the sides that count; the run's size.
std::size_t take_run(Loops& loops, std::size_t item_bytes, bool from_counts) {
  if (loops.size == 0) return item_bytes;
  const Axis& inner = loops.axis[loops.size - 1];
  const auto item = static_cast<std::int64_t>(item_bytes);
  if (inner.to != item || (from_counts && inner.from != item)) return item_bytes;
  --loops.size;
  return static_cast<std::size_t>(inner.count) * item_bytes;
}

// N known at compile time: a load and a store instead of a call.
template <std::size_t N>
void copy_each(std::byte* to, std::int64_t to_stride, const std::byte* from, std::int64_t from_stride,
               std::uint64_t n) {
  for (; n > 0; --n, to += to_stride, from += from_stride) std::memcpy(to, from, N);
}

void copy_axes(const std::byte* from, std::byte* to, std::span<const Axis> axes, std::size_t run) {
  const Axis& axis = axes.front();
  if (axes.size() == 1) return copy_strided(to, axis.to, from, axis.from, axis.count, run);
  for (std::uint64_t i = 0; i < axis.count; ++i, from += axis.from, to += axis.to) {
    copy_axes(from, to, axes.subspan(1), run);
  }
}

// A run of elements: of one byte repeated, or one element and then what is there doubled.
void fill_run(std::byte* to, std::size_t run, ByteView element) {
  if (element.size() == 1) {
    std::memset(to, static_cast<int>(element.front()), run);
    return;
  }
  std::memcpy(to, element.data(), element.size());
  for (std::size_t done = element.size(); done < run;) {
    const std::size_t step = std::min(done, run - done);
    std::memcpy(to + done, to, step);
    done += step;
  }
}

void fill_axes(std::byte* to, std::span<const Axis> axes, std::size_t run, ByteView element) {
  if (axes.empty()) return fill_run(to, run, element);
  const Axis& axis = axes.front();
  if (axes.size() == 1 && run == element.size()) {
    return copy_strided(to, axis.to, element.data(), 0, axis.count, run);
  }
  for (std::uint64_t i = 0; i < axis.count; ++i, to += axis.to) fill_axes(to, axes.subspan(1), run, element);
}

}  // namespace

void copy_strided(std::byte* to, std::int64_t to_stride, const std::byte* from, std::int64_t from_stride,
                  std::uint64_t n, std::size_t bytes) {
  switch (bytes) {
    case 1:
      return copy_each<1>(to, to_stride, from, from_stride, n);
    case 2:
      return copy_each<2>(to, to_stride, from, from_stride, n);
    case 4:
      return copy_each<4>(to, to_stride, from, from_stride, n);
    case 8:
      return copy_each<8>(to, to_stride, from, from_stride, n);
    case 16:
      return copy_each<16>(to, to_stride, from, from_stride, n);
    default:
      for (; n > 0; --n, to += to_stride, from += from_stride) std::memcpy(to, from, bytes);
  }
}

void copy_box(const Source& from, const Dest& to) {
  Loops loops = loops_of(to.shape, from.strides, to.strides);
  if (loops.empty || to.dtype.item_bytes == 0) return;
  const std::size_t run = take_run(loops, to.dtype.item_bytes, true);
  if (loops.size == 0) {
    std::memcpy(to.data, from.data, run);
  } else {
    copy_axes(from.data, to.data, std::span(loops.axis).first(loops.size), run);
  }
}

void fill_box(const Dest& to, ByteView element) {
  const std::size_t item = to.dtype.item_bytes;
  Loops loops = loops_of(to.shape, Strides(to.shape.size(), 0), to.strides);
  if (loops.empty || item == 0) return;
  const std::byte zero{0};
  element = element.empty() ? ByteView(&zero, 1) : element.first(item);
  const bool one_byte = std::all_of(element.begin(), element.end(), [&](std::byte b) { return b == element.front(); });
  const std::size_t run = take_run(loops, item, false);
  // Zeros and the like by memset, except for single small elements, which are stored one by one.
  std::array<std::byte, kMaxItemBytes> small;
  if (one_byte && run == item && item <= small.size()) {
    small.fill(element.front());
    element = ByteView(small).first(item);
  } else if (one_byte) {
    element = element.first(1);
  }
  fill_axes(to.data, std::span(loops.axis).first(loops.size), run, element);
}

}  // namespace chunkmark::array
