// An HDF5 file: every group, attribute and dataset that can be reached, each refusal confined to its object.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "bytes/memory_file.h"
#include "fuzz.h"
#include "storage/hdf5/attribute.h"
#include "storage/hdf5/dataset.h"
#include "storage/hdf5/group.h"
#include "storage/hdf5/member_files.h"
#include "storage/hdf5/virtual_dataset.h"

using namespace chunkmark;

namespace {

constexpr std::size_t kMaxObjects = 64;
// What is read of a dataset: its size is the file's word and costs the reader nothing, but the caller's memory does.
constexpr std::uint64_t kMaxReadBytes = 1 << 20;

// Every file that this one names is this one, so that sources and external parts are met; a few, since numbered ones
// would never end.
class Itself final : public hdf5::OtherFiles {
 public:
  explicit Itself(ByteView input) : OtherFiles(false), input_(input) {}

 private:
  std::unique_ptr<bytes::RandomAccess> open_checked(const std::string&) const override {
    if (++opened_ > 8) return nullptr;
    return std::make_unique<bytes::MemoryFile>("input", std::vector<std::byte>(input_.begin(), input_.end()));
  }

  ByteView input_;
  mutable int opened_ = 0;
};

template <typename Read>
void read_corner(const hdf5::Dataset& dataset, const hdf5::Extents& shape, Read read) {
  array::Region region = array::whole(shape);
  for (std::uint64_t& count : region.shape) count = std::min<std::uint64_t>(count, 16);
  if (dataset.element_bytes() == 0 || array::element_count(region.shape) > kMaxReadBytes / dataset.element_bytes())
    return;
  std::vector<std::byte> into(array::element_count(region.shape) * dataset.element_bytes());
  read(region, array::Dest::dense(into.data(), dataset.dtype(), region.shape));
}

void read_dataset(const hdf5::Container& container, std::uint64_t address) {
  hdf5::Dataset dataset(container, address, "dataset");
  if (dataset.is_virtual()) {
    hdf5::GlobalHeap heap(container);
    try {
      static_cast<void>(dataset.mappings(heap));
    } catch (const Error& error) {
      if (!fuzz::is_refusal(error)) throw;
    }
    hdf5::VirtualSources sources(container);
    hdf5::VirtualDataset mapped(dataset, sources, sources.first());
    if (!mapped.shape().empty()) {
      read_corner(dataset, mapped.shape(), [&](const auto& region, const auto& dest) { mapped.read(region, dest); });
    }
    return;
  }
  read_corner(dataset, dataset.space().dims, [&](const auto& region, const auto& dest) { dataset.read(region, dest); });
}

void visit(const hdf5::Container& container, std::uint64_t address, std::set<std::uint64_t>& seen) {
  if (seen.size() >= kMaxObjects || !seen.insert(address).second) return;
  std::vector<std::uint64_t> below;
  try {
    const hdf5::ObjectHeader header = hdf5::ObjectHeader::read(container, address);
    static_cast<void>(hdf5::all_attributes(container, header));
    if (hdf5::Dataset::is_dataset(header)) {
      read_dataset(container, address);
    } else if (hdf5::Group::is_group(header)) {
      hdf5::Group(container, address).each([&](const hdf5::Link& link) {
        if (link.hard) below.push_back(link.address);
        return below.size() < kMaxObjects;
      });
    }
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
  for (const std::uint64_t next : below) visit(container, next, seen);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = fuzz::bytes(data, size);
  const bytes::MemoryFile file("input", {input.begin(), input.end()});
  try {
    const Itself itself(input);
    if (const auto joined = hdf5::join_members(file, "input0.h5", itself)) {
      const hdf5::Container whole(*joined, &itself);
    }
    const hdf5::Container container(file, &itself);
    std::set<std::uint64_t> seen;
    visit(container, container.root_header(), seen);
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
  return 0;
}
