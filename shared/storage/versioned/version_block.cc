#include "storage/versioned/version_block.h"

#include <algorithm>

#include "storage/array/box.h"
#include "storage/hdf5/checksum.h"
#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/datatypes.h"

namespace chunkmark::versioned {

using hdf5::Bytes;
using hdf5::HeaderWriter;

namespace {

void align(Bytes& bytes) {
  bytes.resize((bytes.size() + 7) / 8 * 8);
}

// Puts a header behind what is there; its address.
std::uint64_t append(Bytes& to, const Bytes& header, std::uint64_t address) {
  align(to);
  const std::uint64_t at = address + to.size();
  to.insert(to.end(), header.begin(), header.end());
  align(to);
  return at;
}

// Fills bytes that are there: a mapping has dozens of numbers, and a version thousands of mappings.
struct Cursor {
  std::byte* at;
  void u32(std::uint64_t value) {
    store_le<std::uint32_t>(at, static_cast<std::uint32_t>(value));
    at += 4;
  }
  void u64(std::uint64_t value) {
    store_le<std::uint64_t>(at, value);
    at += 8;
  }
  void bytes(ByteView value) { at = std::copy(value.begin(), value.end(), at); }
};

constexpr std::size_t selection_bytes(std::size_t rank, bool wide) {
  return wide ? 17 + 32 * rank : 24 + 8 * rank;
}

// A box as HDF5 selects it: opposite corners in 32 bits, or where these do not hold them start, stride, count and
// block.
void put_selection(Cursor& out, const array::Shape& start, const array::Shape& count, bool wide) {
  constexpr unsigned kHyperslab = 2;
  const std::uint64_t rank = start.size();
  out.u32(kHyperslab);
  if (wide) {
    out.u32(2);
    *out.at++ = std::byte{1};
    out.u32(4 + 32 * rank);
    out.u32(rank);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      for (const std::uint64_t number : {start[axis], std::uint64_t{1}, std::uint64_t{1}, count[axis]}) out.u64(number);
    }
    return;
  }
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{0}, 8 + 8 * rank, rank, std::uint64_t{1}})
    out.u32(number);
  for (const std::uint64_t at : start) out.u32(at);
  for (std::size_t axis = 0; axis < rank; ++axis) out.u32(start[axis] + count[axis] - 1);
}

}  // namespace

hdf5::HeapWriter::Place add_mappings(hdf5::HeapWriter& heap, const std::string& raw_path, const array::Shape& shape,
                                     const array::Shape& chunk, const std::vector<CommittedDataset::Mapped>& mapped) {
  constexpr std::uint64_t kLimit = 1ull << 32;
  const std::size_t rank = shape.size();
  array::Shape grid(rank), start(rank), count(rank), from(rank, 0);
  for (std::size_t axis = 0; axis < rank; ++axis)
    grid[axis] = shape[axis] / chunk[axis] + (shape[axis] % chunk[axis] != 0);
  const bool wide_shape = std::any_of(shape.begin(), shape.end(), [](std::uint64_t n) { return n >= kLimit; });
  Bytes source;  // this file, and the dataset in it
  hdf5::Writer(source).text(".").u8(0).text(raw_path).u8(0);
  const auto is_wide = [&](const CommittedDataset::Mapped& one) { return one.second + chunk[0] >= kLimit; };
  const auto wide_rows = static_cast<std::size_t>(std::count_if(mapped.begin(), mapped.end(), is_wide));
  const std::size_t size = 9 + mapped.size() * (source.size() + selection_bytes(rank, wide_shape)) +
                           wide_rows * selection_bytes(rank, true) +
                           (mapped.size() - wide_rows) * selection_bytes(rank, false);
  const auto [place, block] = heap.add(size + 4);
  Cursor out{block.data() + 1};  // behind the version, 0
  out.u64(mapped.size());
  for (const auto& [number, row] : mapped) {
    std::uint64_t rest = number;
    for (std::size_t axis = rank; axis-- > 1; rest /= grid[axis]) start[axis] = rest % grid[axis] * chunk[axis];
    start[0] = rest * chunk[0];
    for (std::size_t axis = 0; axis < rank; ++axis) count[axis] = std::min(chunk[axis], shape[axis] - start[axis]);
    from[0] = row;
    out.bytes(source);
    put_selection(out, from, count, is_wide({number, row}));
    put_selection(out, start, count, wide_shape);
  }
  out.u32(hdf5::lookup3(block.first(size)));
  return place;
}

VersionBlock::Group& VersionBlock::parent_of(const std::string& path, std::string& name) {
  Group* group = &root_;
  std::size_t from = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', from)) {
    group = &group->groups[path.substr(from, slash - from)];
    from = slash + 1;
  }
  name = path.substr(from);
  return *group;
}

void VersionBlock::add_group(const std::string& path, const Attributes& attributes) {
  std::string name;
  parent_of(path, name).groups[name].attributes = attributes;
}

void VersionBlock::add_link(const std::string& path, std::uint64_t address) {
  std::string name;
  parent_of(path, name).links[name] = address;
}

void VersionBlock::add_dataset(const std::string& path, const RawStore& raw, const array::Shape& shape,
                               const std::vector<CommittedDataset::Mapped>& mapped, const Attributes& attributes) {
  const DatasetSpec& spec = raw.spec();
  Dataset dataset{
      path,          hdf5::simple_space(shape), spec.type_message, spec.fill_message, !mapped.empty(), {}, attributes,
      places_.size()};
  if (dataset.mapped) dataset.mappings = add_mappings(heap_, raw.raw_path(), shape, spec.chunk, mapped);
  dataset.attributes["raw_data"] = AttributeValue::text(raw.raw_path());
  dataset.attributes["chunks"] = AttributeValue::integers(spec.chunk);
  for (const auto& [name, value] : dataset.attributes) value.add_to(heap_, places_);
  datasets_.push_back(std::move(dataset));
}

void VersionBlock::add_attributes(Group& group) {
  for (const auto& [name, value] : group.attributes) value.add_to(heap_, places_);
  for (auto& [name, below] : group.groups) add_attributes(below);
}

VersionBlock::Written VersionBlock::write(std::uint64_t address) {
  const std::size_t groups_from = places_.size();
  add_attributes(root_);
  Written written;
  written.bytes = heap_.finish(address);
  written.in_room = heap_.in_room();
  written.room_left = heap_.room_left();
  for (const Dataset& dataset : datasets_) {
    HeaderWriter header(1);
    header.message(hdf5::kDataspaceMessage, dataset.space);
    header.message(hdf5::kDatatypeMessage, dataset.type, true);
    header.message(hdf5::kFillValueMessage, dataset.fill, true);
    header.message(hdf5::kLayoutMessage,
                   dataset.mapped ? hdf5::virtual_layout(heap_.address_of(dataset.mappings), dataset.mappings.index)
                                  : hdf5::virtual_layout(hdf5::kUndefined, 0));
    std::size_t place = dataset.first_place;
    for (const auto& [name, value] : dataset.attributes) header.attribute(value.bytes(name, heap_, places_, place));
    const std::uint64_t at = append(written.bytes, header.finish(), address);
    written.datasets[dataset.path] = at;
    add_link(dataset.path, at);
  }
  std::size_t place = groups_from;
  written.root = write_group(root_, true, address, written.bytes, place);
  return written;
}

std::uint64_t VersionBlock::write_group(const Group& group, bool root, std::uint64_t address, Bytes& to,
                                        std::size_t& place) {
  HeaderWriter header(root ? 0 : 1);
  header.group();
  for (const auto& [name, value] : group.attributes) header.attribute(value.bytes(name, heap_, places_, place));
  for (const auto& [name, below] : group.groups) header.link(name, write_group(below, false, address, to, place));
  for (const auto& [name, at] : group.links) header.link(name, at);
  return append(to, header.finish(), address);
}

VersionBlock::Written raw_group_block(const DatasetSpec& spec, const array::Shape& dims, const array::Shape& max_dims,
                                      std::uint64_t address) {
  VersionBlock::Written written;
  std::vector<hdf5::HeapWriter::Place> none;
  const hdf5::HeapWriter heap;
  std::size_t place = 0;

  HeaderWriter raw(1);
  raw.message(hdf5::kDataspaceMessage, hdf5::simple_space(dims, max_dims));
  raw.message(hdf5::kDatatypeMessage, spec.type_message, true);
  raw.message(hdf5::kFillValueMessage, spec.fill_message, true);
  raw.message(hdf5::kLayoutMessage, hdf5::chunked_layout(spec.chunk, spec.element_bytes()));
  if (!spec.filters.empty()) raw.message(hdf5::kFilterMessage, hdf5::filter_message(spec.filters));
  raw.attribute(AttributeValue::integers(spec.chunk).bytes("chunks", heap, none, place));
  const std::uint64_t raw_address = append(written.bytes, raw.finish(), address);

  const std::uint64_t one = 1, unlimited = hdf5::kUndefined;
  HeaderWriter table(1);
  table.message(hdf5::kDataspaceMessage, hdf5::simple_space({&one, 1}, {&unlimited, 1}));
  table.message(hdf5::kDatatypeMessage, hash_row_type(), true);
  table.message(hdf5::kFillValueMessage, hdf5::fill_message({}), true);
  table.message(hdf5::kLayoutMessage, hdf5::chunked_layout({&kTableChunk, 1}, HashRow::kBytes));
  table.attribute(AttributeValue::integer(0).bytes("largest_index", heap, none, place));
  const std::uint64_t table_address = append(written.bytes, table.finish(), address);

  HeaderWriter group(0);
  group.group();
  group.link("hash_table", table_address);
  group.link("raw_data", raw_address);
  written.root = append(written.bytes, group.finish(), address);
  return written;
}

}  // namespace chunkmark::versioned
