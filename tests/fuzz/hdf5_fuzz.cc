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

using namespace chunkmark;

namespace {

constexpr std::size_t kMaxObjects = 64;
// What is read of a dataset: its size is the file's word and costs the reader nothing, but the caller's memory does.
constexpr std::uint64_t kMaxReadBytes = 1 << 20;

void read_dataset(const hdf5::Container& container, std::uint64_t address) {
  hdf5::Dataset dataset(container, address, "dataset");
  if (dataset.is_virtual()) {
    hdf5::GlobalHeap heap(container);
    static_cast<void>(dataset.mappings(heap));
    return;
  }
  array::Region region = array::whole(dataset.space().dims);
  for (std::uint64_t& count : region.shape) count = std::min<std::uint64_t>(count, 16);
  if (dataset.element_bytes() == 0 || array::element_count(region.shape) > kMaxReadBytes / dataset.element_bytes())
    return;
  std::vector<std::byte> into(array::element_count(region.shape) * dataset.element_bytes());
  dataset.read(region, array::Dest::dense(into.data(), dataset.dtype(), region.shape));
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
    const hdf5::Container container(file);
    std::set<std::uint64_t> seen;
    visit(container, container.root_header(), seen);
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
  return 0;
}
