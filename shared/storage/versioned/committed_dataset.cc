#include "storage/versioned/committed_dataset.h"

#include <algorithm>

#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

std::optional<std::uint64_t> row_of(const std::vector<CommittedDataset::Mapped>& mapped, std::uint64_t chunk) {
  const auto found = std::lower_bound(mapped.begin(), mapped.end(), CommittedDataset::Mapped{chunk, 0});
  if (found == mapped.end() || found->first != chunk) return std::nullopt;
  return found->second;
}

bool is_own_attribute(std::string_view name) {
  return name == "raw_data" || name == "chunks";
}

Attributes copy_attributes(const std::vector<hdf5::Attribute>& from, hdf5::GlobalHeap& heap) {
  Attributes attributes;
  for (const hdf5::Attribute& attribute : from)
    attributes.emplace(attribute.name, AttributeValue::copy(attribute, heap));
  return attributes;
}

std::shared_ptr<CommittedDataset> read_committed(Session& session, const RawStore& raw, std::uint64_t address) {
  const std::string& path = raw.path();
  const VersionDataset dataset(session, address, path);
  const array::Shape& shape = dataset.shape();
  const array::Shape& chunk = raw.spec().chunk;
  if (shape.size() != chunk.size() || dataset.element_bytes() != raw.spec().element_bytes())
    hdf5::corrupt(path, "its shape or elements are not those of its raw data");
  auto base = std::make_shared<CommittedDataset>();
  base->address = address;
  base->shape = shape;
  base->attributes = copy_attributes(dataset.attributes(), session.heap());
  std::erase_if(base->attributes, [](const auto& attribute) { return is_own_attribute(attribute.first); });
  const auto chunks_on = [&](std::size_t axis) { return shape[axis] / chunk[axis] + (shape[axis] % chunk[axis] != 0); };
  const hdf5::Mappings& mappings = dataset.mappings();
  bool foreign = !dataset.dataset().is_virtual() && !dataset.dataset().is_unallocated();
  for (std::size_t i = 0; i < mappings.size() && !foreign; ++i) {
    const auto start = mappings.virtual_start(i), from = mappings.source_start(i), count = mappings.count(i);
    const hdf5::Mappings::Source& source = mappings.sources()[mappings.source_index(i)];
    foreign = source.file != "." || source.dataset != raw.raw_path() || from[0] % chunk[0] != 0;
    std::uint64_t number = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      foreign = foreign || start[axis] % chunk[axis] != 0 || (axis > 0 && from[axis] != 0) ||
                count[axis] != std::min(chunk[axis], shape[axis] - start[axis]);
      number = number * chunks_on(axis) + start[axis] / chunk[axis];
    }
    base->mapped.emplace_back(number, from[0]);
  }
  std::sort(base->mapped.begin(), base->mapped.end());
  for (std::size_t i = 1; i < base->mapped.size() && !foreign; ++i) {
    foreign = base->mapped[i].first == base->mapped[i - 1].first;
  }
  if (foreign) {  // somebody else's layout: its elements are read, not its chunks
    base->mapped.clear();
    array::Shape grid(shape.size());
    for (std::size_t axis = 0; axis < shape.size(); ++axis) grid[axis] = chunks_on(axis);
    const std::uint64_t chunks = array::checked_element_count(grid, sizeof(CommittedDataset::Mapped), path);
    if (chunks > session.container().size())
      hdf5::unsupported(path, "its data are in another layout, of " + std::to_string(chunks) + " chunks");
    for (std::uint64_t number = 0; number < chunks; ++number) base->mapped.emplace_back(number, kForeignRow);
  }
  return base;
}

}  // namespace chunkmark::versioned
