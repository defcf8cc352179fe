#include "storage/hdf5/strided.h"

#include <algorithm>
#include <cstring>

#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

namespace {

using Axes = std::span<const std::uint64_t>;

// Axes from `first` on can be treated as one run of bytes in both places.
std::size_t first_merged_axis(Axes count, Axes a, Axes b, std::uint64_t element_bytes) {
  std::uint64_t run = element_bytes;
  std::size_t axis = count.size();
  while (axis > 0 && (count[axis - 1] == 1 || (a[axis - 1] == run && b[axis - 1] == run))) {
    --axis;
    run *= count[axis];
  }
  return axis;
}

}  // namespace

std::uint64_t Region::elements() const {
  std::uint64_t product = 1;
  for (const std::uint64_t extent : count) {
    if (extent == 0) return 0;
    product = saturating_multiply(product, extent);
  }
  return product;
}

Region Region::whole(Axes shape) {
  return {std::vector<std::uint64_t>(shape.size(), 0), {shape.begin(), shape.end()}};
}

std::vector<std::uint64_t> packed_strides(Axes count, std::uint64_t element_bytes) {
  std::vector<std::uint64_t> strides(count.size());
  std::uint64_t stride = element_bytes;
  for (std::size_t axis = count.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride = saturating_multiply(stride, std::max<std::uint64_t>(count[axis], 1));
  }
  return strides;
}

Dest Dest::packed(std::byte* data, Axes count, std::uint64_t element_bytes) {
  return {data, packed_strides(count, element_bytes)};
}

std::uint64_t contiguous_bytes(Axes count, Axes strides, std::uint64_t element_bytes) {
  std::uint64_t run = element_bytes;
  for (std::size_t axis = count.size(); axis-- > 0;) {
    if (count[axis] != 1 && strides[axis] != run) break;
    run *= count[axis];
  }
  return run;
}

std::uint64_t span_bytes(Axes count, Axes strides, std::uint64_t element_bytes) {
  std::uint64_t bytes = element_bytes;
  for (std::size_t axis = 0; axis < count.size(); ++axis) {
    if (count[axis] == 0) return 0;
    bytes += (count[axis] - 1) * strides[axis];
  }
  return bytes;
}

namespace {

// One axis at a time down to the runs that can be moved whole.
void copy_axis(const std::byte* from, Axes from_strides, std::byte* to, Axes to_strides, Axes count, std::size_t axis,
               std::size_t merged, std::uint64_t run) {
  if (axis == merged) {
    std::memcpy(to, from, run);
    return;
  }
  if (axis + 1 == merged && (run == 8 || run == 4)) {  // single elements: spare the calls
    for (std::uint64_t i = 0; i < count[axis]; ++i, from += from_strides[axis], to += to_strides[axis]) {
      if (run == 8) {
        std::memcpy(to, from, 8);
      } else {
        std::memcpy(to, from, 4);
      }
    }
    return;
  }
  for (std::uint64_t i = 0; i < count[axis]; ++i) {
    copy_axis(from + i * from_strides[axis], from_strides, to + i * to_strides[axis], to_strides, count, axis + 1,
              merged, run);
  }
}

void fill_axis(std::byte* to, Axes strides, Axes count, std::size_t axis, std::size_t merged, std::uint64_t run,
               std::uint64_t element_bytes, ByteView value) {
  if (axis < merged) {
    for (std::uint64_t i = 0; i < count[axis]; ++i) {
      fill_axis(to + i * strides[axis], strides, count, axis + 1, merged, run, element_bytes, value);
    }
    return;
  }
  if (value.empty()) {
    std::memset(to, 0, run);
    return;
  }
  // One element, then doubling what is there.
  std::memcpy(to, value.data(), element_bytes);
  for (std::uint64_t done = element_bytes; done < run;) {
    const std::uint64_t step = std::min(done, run - done);
    std::memcpy(to + done, to, step);
    done += step;
  }
}

std::uint64_t merged_run(Axes count, std::size_t merged, std::uint64_t element_bytes) {
  std::uint64_t run = element_bytes;
  for (std::size_t axis = merged; axis < count.size(); ++axis) run *= count[axis];
  return run;
}

bool is_empty(Axes count) {
  return std::find(count.begin(), count.end(), 0u) != count.end();
}

}  // namespace

void copy_box(const std::byte* from, Axes from_strides, std::byte* to, Axes to_strides, Axes count,
              std::uint64_t element_bytes) {
  if (is_empty(count)) return;
  const std::size_t merged = first_merged_axis(count, from_strides, to_strides, element_bytes);
  copy_axis(from, from_strides, to, to_strides, count, 0, merged, merged_run(count, merged, element_bytes));
}

void fill_box(std::byte* to, Axes strides, Axes count, std::uint64_t element_bytes, ByteView value) {
  if (is_empty(count)) return;
  const bool zeros = std::all_of(value.begin(), value.end(), [](std::byte b) { return b == std::byte{0}; });
  const std::size_t merged = first_merged_axis(count, strides, strides, element_bytes);
  fill_axis(to, strides, count, 0, merged, merged_run(count, merged, element_bytes), element_bytes,
            zeros ? ByteView() : value);
}

}  // namespace chunkmark::hdf5
