// Parts of HDF5 files that checksums keep a fuzzer of whole files from: mappings, types, filters, a sidecar index.
// The first byte chooses.
#include <algorithm>
#include <array>

#include "bytes/memory_file.h"
#include "fuzz.h"
#include "storage/hdf5/axis_runs.h"
#include "storage/hdf5/checksum.h"
#include "storage/hdf5/datatype.h"
#include "storage/hdf5/filters.h"
#include "storage/hdf5/messages.h"
#include "storage/hdf5/virtual_layout.h"
#include "storage/versioned/sidecar_index.h"

using namespace chunkmark;

namespace {

void parse_block(ByteView input) {
  std::vector<std::byte> block(input.begin(), input.end());
  block.resize(block.size() + 4);  // with a checksum that holds
  store_le(block.data() + input.size(), hdf5::lookup3(input));
  for (const std::size_t rank : {1u, 2u}) {
    const std::vector<std::uint64_t> shape(rank, 1000);
    try {
      const hdf5::Mappings mappings = hdf5::parse_mappings(block, shape, {}, "input");
      for (std::size_t i = 0; i < mappings.size(); ++i) {
        if (mappings.virtual_start(i)[0] + mappings.count(i)[0] > 1000) __builtin_trap();
      }
    } catch (const Error& error) {
      if (!fuzz::is_refusal(error)) throw;
    }
  }
}

void parse_selection(ByteView input) {
  hdf5::Cursor cursor(input, "input");
  std::uint64_t left = 1 << 12;
  hdf5::Selection selection;
  hdf5::parse_selection(cursor, left, selection);
  for (const hdf5::Selection::Axis& axis : selection.axes) {
    const hdf5::Runs runs = hdf5::runs_of(axis, std::min<std::uint64_t>(hdf5::slices_in(axis, 1000), 1000));
    if (!runs.empty() && hdf5::total(runs) > 1000) __builtin_trap();
  }
  hdf5::expand_to_boxes(selection, left, "input");
}

void parse_type(ByteView input) {
  const hdf5::Datatype type = hdf5::parse_datatype(input, "input");
  hdf5::numpy_descr(type);
}

void undo_filter(ByteView input) {
  constexpr std::array<std::uint16_t, 11> kFilters{1, 2, 3, 6, 307, 32000, 32001, 32004, 32015, 32008, 32026};
  if (input.size() < 2) return;
  hdf5::Filter filter;
  filter.id = kFilters[std::to_integer<std::size_t>(input[0]) % kFilters.size()];
  const std::uint32_t width = std::to_integer<std::uint32_t>(input[1]);
  // Scale-offset has twenty values, bitshuffle five; the rest look at one at most.
  filter.values = {width & 3, 0, 64, width >> 2 & 1, 1u << (width >> 3 & 3), 1, width >> 5 & 1, width >> 6 & 1};
  filter.values.resize(20);
  if (filter.id == 32008) filter.values = {0, 4, 1 + (width & 15), (width >> 4 & 3) * 8, width >> 6};
  hdf5::FilterPipeline pipeline({filter});
  std::vector<std::byte> chunk(1024);
  hdf5::FilterPipeline::Scratch scratch;
  pipeline.decode(input.subspan(2), 0, chunk, "input", scratch);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const ByteView input = fuzz::bytes(data + 1, size - 1);
  try {
    switch (data[0] % 6) {
      case 0:
        parse_block(input);
        break;
      case 1:
        parse_type(input);
        break;
      case 2:
        undo_filter(input);
        break;
      case 3: {
        hdf5::parse_layout(input, {}, "input");
        break;
      }
      case 5:
        parse_selection(input);
        break;
      case 4: {
        const bytes::MemoryFile file("input.h5", std::vector<std::byte>(4096));
        const versioned::IndexedFile indexed(file, input);
        break;
      }
      default:
        break;
    }
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error) && error.code() != ErrorCode::kConflict) throw;
  }
  return 0;
}
