#include "storage/hdf5/plain_read.h"

#include <algorithm>
#include <type_traits>

#include "storage/array/box.h"
#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {

using array::Dest;
using array::Region;
using array::Shape;
using array::Strides;

namespace {

using Axes = std::span<const std::uint64_t>;
using Steps = std::span<const std::int64_t>;

// Gaps shorter than this are read with what they part, in blocks of kBlockBytes at most: a read call costs about as
// much.
constexpr std::uint64_t kMaxGapBytes = 4096, kBlockBytes = 64 << 10;
// Runs of at least this size are read to where they belong, many with one call; shorter ones are copied there.
constexpr std::uint64_t kMinRunBytes = 512;

// The bytes from a stored box's first element to its last, gaps included.
std::uint64_t span_bytes(Axes shape, Steps strides, std::uint64_t element_bytes) {
  std::uint64_t bytes = element_bytes;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    bytes += (shape[axis] - 1) * static_cast<std::uint64_t>(strides[axis]);
  }
  return bytes;
}

}  // namespace

void check_file(const bytes::RandomAccess& file, std::uint64_t offset, std::uint64_t bytes, std::string_view what) {
  if (offset > file.size() || bytes > file.size() - offset) {
    corrupt(what, std::to_string(bytes) + " bytes at " + std::to_string(offset) + ", the file has " +
                      std::to_string(file.size()));
  }
}

void ReadBatch::add(const bytes::RandomAccess& file, std::uint64_t offset, std::byte* to, std::uint64_t bytes) {
  const bool follows = count_ > 0 && file_ == &file && offset == offset_ + bytes_;
  MutableByteView* const last = follows ? &runs_[count_ - 1] : nullptr;
  if (follows && to == last->data() + last->size()) {
    *last = MutableByteView(last->data(), last->size() + bytes);
  } else {
    if (!follows || count_ == runs_.size()) flush();
    if (count_ == 0) offset_ = offset;
    file_ = &file;
    runs_[count_++] = MutableByteView(to, bytes);
  }
  bytes_ += bytes;
}

void ReadBatch::flush() {
  if (count_ > 0) {
    check_file(*file_, offset_, bytes_, what_);
    file_->read_at(offset_, std::span(runs_).first(count_));
  }
  count_ = 0;
  bytes_ = 0;
}

std::uint64_t contiguous_bytes(Axes shape, Steps strides, std::uint64_t element_bytes) {
  std::uint64_t run = element_bytes;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] != 1 && strides[axis] != static_cast<std::int64_t>(run)) break;
    run *= shape[axis];
  }
  return run;
}

std::uint64_t offset_of(const Shape& start, const Strides& strides) {
  std::uint64_t offset = 0;
  for (std::size_t axis = 0; axis < start.size(); ++axis) {
    offset += start[axis] * static_cast<std::uint64_t>(strides[axis]);
  }
  return offset;
}

void read_plain(const bytes::RandomAccess& file, std::uint64_t offset, const Region& box, const Strides& stored,
                const Dest& dest, std::vector<std::byte>& scratch, ReadBatch& batch) {
  const std::uint64_t element = dest.dtype.item_bytes;
  offset += offset_of(box.start, stored);
  const std::uint64_t bytes = span_bytes(box.shape, stored, element);
  const std::uint64_t stored_run = contiguous_bytes(box.shape, stored, element);
  const std::uint64_t run = std::min(stored_run, contiguous_bytes(box.shape, dest.strides, element));
  if (run >= bytes) return batch.add(file, offset, dest.data, bytes);
  check_file(file, offset, bytes, batch.what());
  const ByteView view = file.view(offset, bytes);
  if (view.size() == bytes) return array::copy_box({view.data(), dest.dtype, box.shape, stored}, dest);
  // Long runs go to their place, those that follow one another in the file with one call; the rest is read with its
  // gaps, an outer index at a time where it is large.
  const std::uint64_t wanted = array::element_count(box.shape) * element;
  const bool few_gaps = (bytes - wanted) / (wanted / stored_run) < kMaxGapBytes;
  const std::uint64_t max_block = bytes == wanted && run >= kMinRunBytes ? run : few_gaps ? kBlockBytes : kMaxGapBytes;
  const std::size_t rank = box.shape.size();
  std::size_t split = 0;
  std::uint64_t block = bytes;
  while (split < rank && block > max_block && block > run) {
    ++split;
    block = span_bytes(Axes(box.shape).subspan(split), Steps(stored).subspan(split), element);
  }
  const auto from_split = [&](const auto& values) {
    return std::remove_cvref_t<decltype(values)>(values.begin() + static_cast<std::ptrdiff_t>(split), values.end());
  };
  const Strides inner_stored = from_split(stored);
  Dest inner{nullptr, dest.dtype, from_split(box.shape), from_split(dest.strides)};
  const bool straight = contiguous_bytes(inner.shape, inner_stored, element) == block &&
                        contiguous_bytes(inner.shape, inner.strides, element) == block;
  scratch.resize(std::max<std::size_t>(scratch.size(), straight ? 0 : block));
  Shape index(split, 0);
  for (;;) {
    std::uint64_t from = offset;
    inner.data = dest.data;
    for (std::size_t axis = 0; axis < split; ++axis) {
      from += index[axis] * static_cast<std::uint64_t>(stored[axis]);
      inner.data += static_cast<std::int64_t>(index[axis]) * dest.strides[axis];
    }
    if (straight) {
      batch.add(file, from, inner.data, block);
    } else {
      file.read_at(from, MutableByteView(scratch.data(), block));
      array::copy_box({scratch.data(), dest.dtype, inner.shape, inner_stored}, inner);
    }
    std::size_t axis = split;
    while (axis > 0 && ++index[axis - 1] == box.shape[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace chunkmark::hdf5
