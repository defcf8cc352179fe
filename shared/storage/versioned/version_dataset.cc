#include <algorithm>

#include "storage/array/box.h"
#include "storage/versioned/session.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

namespace {

constexpr std::uint64_t kAnnouncedBytes = 2 << 20;  // of chunks, before they are read: they fit into any cache

using Axes = std::span<const std::uint64_t>;

// Texts are read this many references at a time: 64 KiB of scratch, whatever the region.
constexpr std::uint64_t kStringsAtOnce = 4096;

// Whether the mappings come in row-major order of chunks, each inside one: then no two of them overlap.
bool one_a_chunk(const hdf5::Mappings& mappings, Axes chunk) {
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const Axes start = mappings.virtual_start(i), count = mappings.count(i);
    for (std::size_t axis = 0; axis < chunk.size(); ++axis) {
      if (start[axis] % chunk[axis] != 0 || count[axis] > chunk[axis]) return false;
    }
    if (i > 0) {
      const Axes before = mappings.virtual_start(i - 1);
      if (!std::lexicographical_compare(before.begin(), before.end(), start.begin(), start.end())) return false;
    }
  }
  return true;
}

// The common part of two boxes; false if there is none.
bool intersect(Axes a_start, Axes a_count, Axes b_start, Axes b_count, array::Region& common) {
  for (std::size_t axis = 0; axis < a_start.size(); ++axis) {
    const std::uint64_t start = std::max(a_start[axis], b_start[axis]);
    const std::uint64_t end = std::min(a_start[axis] + a_count[axis], b_start[axis] + b_count[axis]);
    if (end <= start) return false;
    common.start[axis] = start;
    common.shape[axis] = end - start;
  }
  return true;
}

// Of a virtual dataset's mappings, one after the other, what a region takes.
class MappedParts {
 public:
  MappedParts(const VersionDataset& dataset, Session& session, const array::Region& region)
      : dataset_(dataset), session_(session), region_(region), in_source(region), in_region(region) {}

  // Of mapping i: its source; null where the region takes nothing of it.
  hdf5::Dataset* find(std::size_t i) {
    const hdf5::Mappings& all = dataset_.mappings();
    if (!intersect(region_.start, region_.shape, all.virtual_start(i), all.count(i), in_source)) return nullptr;
    if (!source_ || source_index_ != all.source_index(i)) open(all, all.source_index(i));
    in_region = in_source;
    const std::size_t rank = region_.shape.size();
    for (std::size_t axis = 0; axis < rank; ++axis) {
      in_region.start[axis] -= region_.start[axis];
      in_source.start[axis] = in_source.start[axis] - all.virtual_start(i)[axis] + all.source_start(i)[axis];
    }
    const Axes dims = source_->space().dims;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (dims.size() == rank && in_source.start[axis] <= dims[axis] &&
          in_source.shape[axis] <= dims[axis] - in_source.start[axis]) {
        continue;
      }
      hdf5::corrupt(dataset_.path(), "mapping " + std::to_string(i) + " points outside " + source_->name() + ": " +
                                         std::to_string(in_source.shape[axis]) + " from " +
                                         std::to_string(in_source.start[axis]) + " of axis " + std::to_string(axis) +
                                         ", which has " +
                                         (axis < dims.size() ? std::to_string(dims[axis]) : "no such axis"));
    }
    return source_;
  }

 private:
  void open(const hdf5::Mappings& all, std::uint32_t index) {
    source_index_ = index;
    const hdf5::Mappings::Source& named = all.sources()[index];
    if (named.file != ".") hdf5::unsupported(dataset_.path(), "mapped from another file, " + named.file);
    source_ = &session_.raw(named.dataset);
    if (source_->element_bytes() == dataset_.element_bytes() && !source_->is_virtual()) return;
    hdf5::corrupt(dataset_.path(), "mapped from " + named.dataset + ", which is virtual or whose elements have " +
                                       std::to_string(source_->element_bytes()) + " bytes, expected " +
                                       std::to_string(dataset_.element_bytes()));
  }

  const VersionDataset& dataset_;
  Session& session_;
  const array::Region& region_;
  hdf5::Dataset* source_ = nullptr;
  std::uint32_t source_index_ = 0;

 public:
  // Of what find() found last: in its source, and in the region.
  array::Region in_source, in_region;
};

}  // namespace

namespace {

void complete_all(const hdf5::Datatype& type, const array::Dest& dest) {
  if (array::element_count(dest.shape) == 0) return;
  std::vector<std::uint64_t> at(dest.shape.size(), 0);
  for (std::byte* element = dest.data;;) {
    complete_numbers(type, MutableByteView(element, type.size));
    std::size_t axis = at.size();
    for (; axis > 0; --axis) {
      element += dest.strides[axis - 1];
      if (++at[axis - 1] < dest.shape[axis - 1]) break;
      element -= dest.strides[axis - 1] * static_cast<std::int64_t>(at[axis - 1]);
      at[axis - 1] = 0;
    }
    if (axis == 0) return;
  }
}

}  // namespace

VersionDataset::VersionDataset(Session& session, std::uint64_t address, std::string path)
    : session_(&session),
      path_(std::move(path)),
      dataset_(std::make_unique<hdf5::Dataset>(session.container(), address, path_)) {
  if (dataset_->is_virtual() && session.needs() == Session::Needs::kAny) {
    mapped_ = std::make_unique<hdf5::VirtualDataset>(*dataset_, session.sources(), session.sources().first());
  }
  const hdf5::Datatype& type = dataset_->type();
  if (!type.has_partial_numbers()) return;
  if (dataset_->is_virtual()) hdf5::unsupported(path_, "a virtual dataset of numbers that are part of their bits");
  whole_ = hdf5::whole_numbers(type);
  whole_fill_.assign(dataset_->fill_bytes().begin(), dataset_->fill_bytes().end());
  if (!whole_fill_.empty()) complete_numbers(type, whole_fill_);
}

std::uint64_t VersionDataset::count() const {
  hdf5::Dataspace space = dataset_->space();
  space.dims = shape();
  return space.count();
}

const std::vector<std::uint64_t>& VersionDataset::chunk() const {
  if (chunk_) return *chunk_;
  const Session::Reading reading(*session_);
  if (dataset_->layout().kind == hdf5::Layout::Kind::kChunked) {  // no version's, which are virtual
    chunk_ = dataset_->layout().chunk;
    return *chunk_;
  }
  std::vector<std::uint64_t> chunk;
  if (session_->needs() == Session::Needs::kAny) return chunk_.emplace();  // an attribute of that name says nothing
  const std::optional<hdf5::Attribute> attribute = find_attribute(session_->container(), dataset_->header(), "chunks");
  if (attribute) {
    const std::uint32_t width = attribute->type.size;
    for (std::uint64_t i = 0; i < attribute->space.count(); ++i) {
      const auto extent = element_integer(attribute->type, ByteView(attribute->value).subspan(i * width, width));
      if (extent && *extent > 0) chunk.push_back(static_cast<std::uint64_t>(*extent));
    }
  } else if (const auto raw = session_->find("/" + std::string(kVersionData) + "/" + path_ + "/raw_data")) {
    // The first releases did not copy the attribute to every version.
    chunk = session_->raw("/" + std::string(kVersionData) + "/" + path_ + "/raw_data").layout().chunk;
  }
  if (chunk.size() != shape().size()) chunk.clear();
  chunk_ = std::move(chunk);
  return *chunk_;
}

std::vector<hdf5::Attribute> VersionDataset::attributes() const {
  const Session::Reading reading(*session_);
  return all_attributes(session_->container(), dataset_->header());
}

const hdf5::Mappings& VersionDataset::mappings() const {
  if (!mappings_) load_mappings();
  return *mappings_;
}

void VersionDataset::load_mappings() const {
  const Session::Reading reading(*session_);
  mappings_ = dataset_->is_virtual() ? dataset_->mappings(session_->heap()) : hdf5::Mappings(shape().size());
  disjoint_ = !chunk().empty() && one_a_chunk(*mappings_, chunk());
}

void VersionDataset::read(const array::Region& region, const array::Dest& dest) const {
  const Session::Reading reading(*session_);
  if (mapped_) return mapped_->read(region, dest);
  if (!dataset_->is_virtual()) {
    dataset_->read(region, dest, session_->executor());
    if (whole_) complete_all(dataset_->type(), dest);
    return;
  }
  hdf5::check_box(region, dest, shape(), element_bytes(), path_);
  if (array::element_count(region.shape) > 0) read_virtual(region, dest);
}

void VersionDataset::announce(const array::Region& region) const {
  const Session::Reading reading(*session_);
  const bytes::RandomAccess& file = session_->container().file();
  if (mapped_ || !file.wants_prefetch() || array::element_count(region.shape) == 0) return;
  std::vector<bytes::Extent> extents;
  if (!dataset_->is_virtual()) {
    dataset_->locate(region, extents);
    return file.prefetch(extents);
  }
  MappedParts parts(*this, *session_, region);
  for (std::size_t i = 0; i < mappings().size(); ++i) {
    if (hdf5::Dataset* source = parts.find(i)) source->locate(parts.in_source, extents);
  }
  file.prefetch(extents);
}

void VersionDataset::read_virtual(const array::Region& region, const array::Dest& dest) const {
  const hdf5::Mappings& all = mappings();
  const std::size_t rank = shape().size();
  array::Region common{std::vector<std::uint64_t>(rank), std::vector<std::uint64_t>(rank)};

  // Where the mappings cover the whole region, filling it first would be a wasted pass.
  std::uint64_t covered = 0;
  for (std::size_t i = 0; i < all.size() && disjoint_; ++i) {
    if (intersect(region.start, region.shape, all.virtual_start(i), all.count(i), common)) {
      covered += array::element_count(common.shape);
    }
  }
  if (covered < array::element_count(region.shape)) {
    array::fill_box(dest, fill_value());
  }

  MappedParts parts(*this, *session_, region);
  hdf5::ReadBatch batch(path_);
  const bytes::RandomAccess& file = session_->container().file();
  std::size_t announced = file.wants_prefetch() ? 0 : all.size();
  std::vector<bytes::Extent> next;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == announced) {
      next.clear();
      for (std::uint64_t bytes = 0; announced < all.size() && bytes < kAnnouncedBytes; ++announced) {
        if (hdf5::Dataset* from = parts.find(announced)) bytes += from->locate(parts.in_source, next);
      }
      file.prefetch(next);
    }
    if (hdf5::Dataset* from = parts.find(i)) from->read(parts.in_source, dest.part(parts.in_region), batch);
  }
  batch.flush();
}

void VersionDataset::read_bytes(MutableByteView bytes) const {
  const std::uint64_t expected = hdf5::saturating_multiply(count(), element_bytes());
  if (bytes.size() != expected) {
    throw Error(ErrorCode::kInvalidArgument, path_ + ": memory of " + std::to_string(bytes.size()) +
                                                 " bytes, the dataset has " + std::to_string(expected));
  }
  read(array::whole(shape()), array::Dest::dense(bytes.data(), dtype(), shape()));
}

void VersionDataset::read_strings(const array::Region& region,
                                  const std::function<void(std::string_view)>& found) const {
  if (!type().is_variable_string()) {
    throw Error(ErrorCode::kInvalidArgument, path_ + ": expected variable-length strings, its elements have " +
                                                 std::to_string(element_bytes()) + " bytes of another type");
  }
  if (element_bytes() != session_->heap().reference_bytes())
    hdf5::corrupt(path_, "references to strings of " + std::to_string(element_bytes()) + " bytes, expected " +
                             std::to_string(session_->heap().reference_bytes()));
  const Session::Reading reading(*session_);
  std::vector<std::byte> references;
  // Row by row of the last axis, in bounded pieces: row-major order whatever the rank.
  const std::size_t rank = shape().size();
  array::Region piece = region;
  std::vector<std::uint64_t> at(rank, 0);
  if (array::element_count(region.shape) == 0) return;
  const std::size_t last = rank == 0 ? 0 : rank - 1;
  for (;;) {
    for (std::size_t axis = 0; axis < rank; ++axis) {
      piece.start[axis] = region.start[axis] + at[axis];
      piece.shape[axis] = 1;
    }
    if (rank > 0) piece.shape[last] = std::min(kStringsAtOnce, region.shape[last] - at[last]);
    references.resize(array::element_count(piece.shape) * element_bytes());
    read(piece, array::Dest::dense(references.data(), dtype(), piece.shape));
    for (std::size_t i = 0; i < references.size(); i += element_bytes()) {
      found(session_->heap().string(ByteView(references).subspan(i, element_bytes())));
    }
    if (rank == 0) return;
    at[last] += piece.shape[last];
    std::size_t axis = last;
    while (at[axis] == region.shape[axis]) {
      at[axis] = 0;
      if (axis == 0) return;
      ++at[--axis];
    }
  }
}

}  // namespace chunkmark::versioned
