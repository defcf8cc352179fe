#include "storage/versioned/staged_dataset.h"

#include <algorithm>

#include "storage/array/box.h"
#include "storage/array/chunk_grid.h"
#include "storage/versioned/writer.h"

namespace chunkmark::versioned {

using array::Region;
using array::Shape;

namespace {

// Visits the elements of a box in row-major order: `visit(offset)` with offsets in elements of a dense array of
// `shape`.
template <typename Visit>
void for_each_element(const Region& box, const Shape& shape, Visit visit) {
  if (array::element_count(box.shape) == 0) return;
  Shape at(box.shape.size(), 0);
  for (;;) {
    std::uint64_t offset = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) offset = offset * shape[axis] + box.start[axis] + at[axis];
    visit(offset);
    std::size_t axis = at.size();
    while (axis > 0 && ++at[axis - 1] == box.shape[axis - 1]) at[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace

StagedDataset::StagedDataset(Writer& writer, std::shared_ptr<RawStore> raw,
                             std::shared_ptr<const CommittedDataset> base)
    : writer_(&writer),
      raw_(std::move(raw)),
      base_(std::move(base)),
      shape_(base_->shape),
      mapped_(base_->mapped),
      attributes_(base_->attributes),
      chunk_strides_(array::c_order_strides(spec().chunk, spec().element_bytes())) {}

StagedDataset::StagedDataset(Writer& writer, std::shared_ptr<RawStore> raw, Shape shape)
    : writer_(&writer),
      raw_(std::move(raw)),
      shape_(std::move(shape)),
      chunk_strides_(array::c_order_strides(spec().chunk, spec().element_bytes())) {}

Shape StagedDataset::grid() const {
  Shape grid(shape_.size());
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    grid[axis] = shape_[axis] / chunk()[axis] + (shape_[axis] % chunk()[axis] != 0);
  }
  return grid;
}

std::uint64_t StagedDataset::linear(const Shape& chunk_index, const Shape& grid) const {
  std::uint64_t linear = 0;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) linear = linear * grid[axis] + chunk_index[axis];
  return linear;
}

Shape StagedDataset::index_of(std::uint64_t linear, const Shape& grid) const {
  Shape index(grid.size());
  for (std::size_t axis = grid.size(); axis-- > 0;) {
    index[axis] = linear % grid[axis];
    linear /= grid[axis];
  }
  return index;
}

Shape StagedDataset::box_of(const Shape& chunk_index, const Shape& shape) const {
  Shape box(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::uint64_t start = chunk_index[axis] * chunk()[axis];
    box[axis] = start >= shape[axis] ? 0 : std::min(chunk()[axis], shape[axis] - start);
  }
  return box;
}

std::unique_ptr<StagedChunk> StagedDataset::empty_chunk() const {
  auto chunk = std::make_unique<StagedChunk>();
  if (spec().strings()) {
    chunk->strings.resize(spec().chunk_elements());
    return chunk;
  }
  chunk->bytes.resize(spec().chunk_elements() * spec().element_bytes());
  if (!spec().fill.empty()) {
    array::fill_box(array::Dest::dense(chunk->bytes.data(), spec().dtype(), spec().chunk), spec().fill);
  }
  return chunk;
}

void StagedDataset::read_stored(std::uint64_t row, const Shape& chunk_index, const Region& in_chunk,
                                const array::Dest& dest) {
  VersionedFile& file = writer_->reader();
  Region box = in_chunk;
  if (row != kForeignRow) {
    box.start[0] += row;
    return file.session().raw(raw_->raw_path()).read(box, dest);
  }
  for (std::size_t axis = 0; axis < box.start.size(); ++axis) box.start[axis] += chunk_index[axis] * chunk()[axis];
  VersionDataset(file.session(), base_->address, path()).read(box, dest);
}

std::unique_ptr<StagedChunk> StagedDataset::load(std::uint64_t row, const Shape& chunk_index) {
  std::unique_ptr<StagedChunk> chunk = empty_chunk();
  const Region box{Shape(shape_.size(), 0), box_of(chunk_index, shape_)};
  if (!spec().strings()) {
    read_stored(row, chunk_index, box, array::Dest::dense(chunk->bytes.data(), dtype(), spec().chunk).part(box));
    return chunk;
  }
  std::vector<std::byte> references(array::element_count(box.shape) * element_bytes());
  read_stored(row, chunk_index, box, array::Dest::dense(references.data(), dtype(), box.shape));
  std::size_t at = 0;
  hdf5::GlobalHeap& heap = writer_->reader().session().heap();
  for_each_element(box, spec().chunk, [&](std::uint64_t offset) {
    chunk->strings[offset] = heap.string(ByteView(references).subspan(at, element_bytes()));
    at += element_bytes();
  });
  return chunk;
}

StagedChunk& StagedDataset::stage(const Shape& chunk_index, bool whole) {
  const std::uint64_t number = linear(chunk_index, grid());
  std::unique_ptr<StagedChunk>& chunk = staged_[number];
  if (!chunk) {
    try {
      const std::optional<std::uint64_t> row = whole ? std::nullopt : row_of(mapped_, number);
      if (row) chunk = writer_->take_recent(*raw_, *row);
      if (!chunk) chunk = row ? load(*row, chunk_index) : empty_chunk();
    } catch (...) {
      staged_.erase(number);
      throw;
    }
  }
  return *chunk;
}

void StagedDataset::check(const Region& region, const Shape& memory, std::size_t strides, std::uint32_t item) const {
  array::check_region(region, shape_, path());
  if (memory != region.shape || strides != shape_.size()) {
    throw Error(ErrorCode::kInvalidArgument, path() + ": expected memory of shape " + array::to_string(region.shape) +
                                                 ", found " + array::to_string(memory));
  }
  if (item != element_bytes()) refuse_element(item);
}

void StagedDataset::refuse_element(std::size_t bytes) const {
  throw Error(ErrorCode::kInvalidArgument, path() + ": expected elements of " + std::to_string(element_bytes()) +
                                               " bytes, found " + std::to_string(bytes));
}

void StagedDataset::check_strings(bool wanted) const {
  if (spec().strings() == wanted) return;
  throw Error(ErrorCode::kInvalidArgument,
              path() + (wanted ? ": expected variable-length strings, its elements are of another type"
                               : ": its elements are variable-length strings, which have functions of their own"));
}

void StagedDataset::read(const Region& region, const array::Dest& dest) {
  check_strings(false);
  check(region, dest.shape, dest.strides.size(), dest.dtype.item_bytes);
  const Shape chunks = grid();
  array::ChunkGrid(shape_, chunk()).for_each(region, [&](const array::ChunkPart& part) {
    const array::Dest to = dest.part(part.in_region);
    const std::uint64_t number = linear(part.chunk, chunks);
    if (const auto staged = staged_.find(number); staged != staged_.end()) {
      array::copy_box(array::Source::dense(staged->second->bytes.data(), dtype(), chunk()).part(part.in_chunk), to);
    } else if (const auto row = row_of(mapped_, number)) {
      read_stored(*row, part.chunk, part.in_chunk, to);
    } else {
      array::fill_box(to, spec().fill);
    }
  });
}

void StagedDataset::write(const Region& region, const array::Source& source) {
  check_strings(false);
  check(region, source.shape, source.strides.size(), source.dtype.item_bytes);
  array::ChunkGrid(shape_, chunk()).for_each(region, [&](const array::ChunkPart& part) {
    StagedChunk& to = stage(part.chunk, part.covers_chunk());
    to.change_from(part.in_chunk.start[0]);
    array::copy_box(source.part(part.in_region),
                    array::Dest::dense(to.bytes.data(), dtype(), chunk()).part(part.in_chunk));
  });
}

void StagedDataset::write_bytes(ByteView bytes) {
  const std::uint64_t expected = array::element_count(shape_) * element_bytes();
  if (bytes.size() != expected) {
    throw Error(ErrorCode::kInvalidArgument,
                path() + ": expected " + std::to_string(expected) + " bytes, found " + std::to_string(bytes.size()));
  }
  write(array::whole(shape_), array::Source::dense(bytes.data(), dtype(), shape_));
}

std::vector<std::string> StagedDataset::read_strings(const Region& region) {
  check_strings(true);
  array::check_region(region, shape_, path());
  std::vector<std::string> strings(array::element_count(region.shape));
  const Shape chunks = grid();
  array::ChunkGrid(shape_, chunk()).for_each(region, [&](const array::ChunkPart& part) {
    const std::uint64_t number = linear(part.chunk, chunks);
    const auto staged = staged_.find(number);
    const std::optional<std::uint64_t> row = staged == staged_.end() ? row_of(mapped_, number) : std::nullopt;
    if (staged == staged_.end() && !row) return;
    std::unique_ptr<StagedChunk> loaded;
    if (row) loaded = load(*row, part.chunk);
    const StagedChunk& from = row ? *loaded : *staged->second;
    std::vector<std::uint64_t> places;
    for_each_element({part.in_region.start, part.in_chunk.shape}, region.shape,
                     [&](std::uint64_t offset) { places.push_back(offset); });
    std::size_t next = 0;
    for_each_element(part.in_chunk, chunk(),
                     [&](std::uint64_t offset) { strings[places[next++]] = from.strings[offset]; });
  });
  return strings;
}

void StagedDataset::write_strings(const Region& region, std::span<const std::string> strings) {
  check_strings(true);
  array::check_region(region, shape_, path());
  if (strings.size() != array::element_count(region.shape)) {
    throw Error(ErrorCode::kInvalidArgument, path() + ": expected " +
                                                 std::to_string(array::element_count(region.shape)) +
                                                 " strings, found " + std::to_string(strings.size()));
  }
  for (const std::string& string : strings) {
    // The HDF5 library hands strings on with a NUL at their end.
    if (string.find('\0') != std::string::npos)
      throw Error(ErrorCode::kInvalidArgument, path() + ": a string with a NUL byte in it cannot be stored");
  }
  array::ChunkGrid(shape_, chunk()).for_each(region, [&](const array::ChunkPart& part) {
    StagedChunk& to = stage(part.chunk, part.covers_chunk());
    std::vector<std::uint64_t> places;
    for_each_element({part.in_region.start, part.in_chunk.shape}, region.shape,
                     [&](std::uint64_t offset) { places.push_back(offset); });
    std::size_t next = 0;
    for_each_element(part.in_chunk, chunk(),
                     [&](std::uint64_t offset) { to.strings[offset] = strings[places[next++]]; });
  });
}

std::byte* StagedDataset::element(std::span<const std::uint64_t> index) {
  std::int64_t offset = 0;
  bool inside = last_ != nullptr && index.size() == shape_.size();
  for (std::size_t axis = 0; inside && axis < index.size(); ++axis) {
    const std::uint64_t at = index[axis] - last_start_[axis];  // huge before the chunk
    inside = at < chunk()[axis] && index[axis] < shape_[axis];
    offset += static_cast<std::int64_t>(at) * chunk_strides_[axis];
  }
  if (inside) {
    last_->change_from(index[0] - last_start_[0]);
    return last_->bytes.data() + offset;
  }
  check_strings(false);
  array::check_region({Shape(index.begin(), index.end()), Shape(index.size(), 1)}, shape_, path());
  Shape chunk_index(index.size());
  last_start_.resize(index.size());
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    chunk_index[axis] = index[axis] / chunk()[axis];
    last_start_[axis] = chunk_index[axis] * chunk()[axis];
  }
  last_ = &stage(chunk_index, false);
  return element(index);
}

// What is cut off must read as the fill value when the dataset grows again.
void StagedDataset::clear_beyond(StagedChunk& chunk, const Shape& from, const Shape& to) const {
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    if (to[axis] >= from[axis]) continue;
    chunk.change_from(axis == 0 ? to[0] : 0);
    Region cut{Shape(from.size(), 0), from};
    cut.start[axis] = to[axis];
    cut.shape[axis] = from[axis] - to[axis];
    if (spec().strings()) {
      for_each_element(cut, spec().chunk, [&](std::uint64_t offset) { chunk.strings[offset].clear(); });
    } else {
      array::fill_box(array::Dest::dense(chunk.bytes.data(), spec().dtype(), spec().chunk).part(cut), spec().fill);
    }
  }
}

void StagedDataset::resize(const Shape& shape) {
  if (shape.size() != shape_.size()) {
    throw Error(ErrorCode::kInvalidArgument, path() + ": expected a shape of rank " + std::to_string(shape_.size()) +
                                                 ", found " + array::to_string(shape));
  }
  if (shape == shape_) return;
  array::checked_element_count(shape, element_bytes(), path());
  const Shape before_grid = grid(), before_shape = shape_;
  // Chunks whose box changes are staged while the old shape still holds.
  Shape after_grid(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    after_grid[axis] = shape[axis] / chunk()[axis] + (shape[axis] % chunk()[axis] != 0);
  }
  const auto stays = [&](const Shape& index) {
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      if (index[axis] >= after_grid[axis]) return false;
    }
    return true;
  };
  // Rows that stay, of chunks as wide as before: nothing changes in them.
  std::uint64_t same = std::min(before_shape[0], shape[0]) / chunk()[0];
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    same = shape[axis] == before_shape[axis] ? same * after_grid[axis] : 0;
  const auto first = std::lower_bound(mapped_.begin(), mapped_.end(), Mapped{same, 0});
  std::vector<Mapped> mapped(mapped_.begin(), first);
  const std::vector<Mapped> others(first, mapped_.end());  // staging looks into mapped_
  for (const auto& [number, row] : others) {
    const Shape index = index_of(number, before_grid);
    if (!stays(index) || staged_.count(number) > 0) continue;
    if (box_of(index, before_shape) == box_of(index, shape)) {
      mapped.emplace_back(linear(index, after_grid), row);
    } else {
      stage(index, false);
    }
  }
  std::map<std::uint64_t, std::unique_ptr<StagedChunk>> staged;
  for (auto& [number, chunk] : staged_) {
    const Shape index = index_of(number, before_grid);
    if (!stays(index)) continue;
    clear_beyond(*chunk, box_of(index, before_shape), box_of(index, shape));
    staged[linear(index, after_grid)] = std::move(chunk);
  }
  staged_ = std::move(staged);
  mapped_ = std::move(mapped);
  shape_ = shape;
  last_ = nullptr;
}

}  // namespace chunkmark::versioned
