#include "storage/hdf5/filters.h"

#include <algorithm>
#include <cstring>

#include "storage/hdf5/checksum.h"

namespace chunkmark::hdf5 {

namespace {

struct Entry {
  FilterId id;
  const char* name;
  Decoder decoder;
};

constexpr Entry kEntries[] = {
    {FilterId::kGzip, "gzip", decode_gzip},
    {FilterId::kShuffle, "shuffle", decode_shuffle},
    {FilterId::kFletcher32, "fletcher32", decode_fletcher32},
    {FilterId::kSzip, "szip", decode_szip},
    {FilterId::kNbit, "nbit", decode_nbit},
    {FilterId::kScaleOffset, "scaleoffset", decode_scale_offset},
    {FilterId::kBzip2, "bzip2", decode_bzip2},
    {FilterId::kLzf, "lzf", decode_lzf},
    {FilterId::kBlosc, "blosc", decode_blosc},
    {FilterId::kLz4, "lz4", decode_lz4},
    {FilterId::kBitshuffle, "bitshuffle", decode_bitshuffle},
    {FilterId::kZfp, "zfp", decode_zfp},
    {FilterId::kZstd, "zstd", decode_zstd},
    {FilterId::kBlosc2, "blosc2", decode_blosc2},
};

const Entry* find_entry(std::uint16_t id) {
  for (const Entry& entry : kEntries) {
    if (entry.id == static_cast<FilterId>(id)) return &entry;
  }
  return nullptr;
}

}  // namespace

std::uint64_t load_be(ByteView in, std::size_t at, unsigned width, std::string_view what) {
  if (at > in.size() || width > in.size() - at) {
    corrupt(what, "needs " + std::to_string(width) + " bytes at " + std::to_string(at) + ", has " +
                      std::to_string(in.size()));
  }
  std::uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) value = value << 8 | std::to_integer<std::uint64_t>(in[at + i]);
  return value;
}

Decoder find_decoder(std::uint16_t filter_id) {
  const Entry* entry = find_entry(filter_id);
  return entry ? entry->decoder : nullptr;
}

std::string filter_name(const Filter& filter) {
  if (const Entry* entry = find_entry(filter.id)) return entry->name;
  return filter.name.empty() ? "filter " + std::to_string(filter.id) : filter.name;
}

std::string filters_text(const std::vector<Filter>& filters) {
  // blosc and blosc2 have the level and the codec behind what the dataset sets.
  constexpr std::size_t kBloscLevel = 4, kBloscCodec = 6;
  constexpr const char* kBloscCodecs[] = {"blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"};
  std::string text;
  for (const Filter& filter : filters) {
    text += (text.empty() ? "" : ", ") + filter_name(filter);
    const auto& values = filter.values;
    const FilterId id = id_of(filter);
    if ((id == FilterId::kGzip || id == FilterId::kZstd) && !values.empty())
      text += " " + std::to_string(static_cast<std::int32_t>(values[0]));
    if (id != FilterId::kBlosc && id != FilterId::kBlosc2) continue;
    if (values.size() > kBloscCodec && values[kBloscCodec] < std::size(kBloscCodecs))
      text += std::string(" ") + kBloscCodecs[values[kBloscCodec]];
    if (values.size() > kBloscLevel) text += " " + std::to_string(values[kBloscLevel]);
  }
  return text;
}

void FilterPipeline::decode(ByteView stored, std::uint32_t mask, MutableByteView chunk, std::string_view what,
                            Scratch& scratch) const {
  std::size_t left = 0;
  for (std::size_t i = 0; i < filters_.size(); ++i) left += !(mask >> i & 1);
  if (left == 0) {
    if (stored.size() != chunk.size()) {
      corrupt(what, "has " + std::to_string(stored.size()) + " bytes, expected " + std::to_string(chunk.size()));
    }
    std::memcpy(chunk.data(), stored.data(), stored.size());
    return;
  }
  // Between filters a chunk can be a little larger than when whole: checksums, headers, data that does not
  // compress.
  const std::size_t room = std::max(chunk.size() + chunk.size() / 8 + 4096, stored.size());
  ByteView current = stored;
  unsigned turn = 0;
  for (std::size_t i = filters_.size(); i-- > 0;) {
    if (mask >> i & 1) continue;
    const Decoder decoder = find_decoder(filters_[i].id);
    if (!decoder) {
      unsupported(what, "filter " + std::to_string(filters_[i].id) + " (" + filter_name(filters_[i]) +
                            ") cannot be undone by this program");
    }
    MutableByteView out = chunk;
    if (--left > 0) {
      // Whatever the next steps drop must fit as well, but a filter that keeps its input's size needs no
      // more.
      std::vector<std::byte>& between = scratch[turn++ % 2];
      if (between.size() < room) between.resize(room);
      out = between;
    }
    const std::size_t size = decoder(filters_[i], current, out, what);
    current = out.first(size);
  }
  if (current.size() != chunk.size()) {
    corrupt(what, "decodes to " + std::to_string(current.size()) + " bytes, expected " + std::to_string(chunk.size()));
  }
}

void check_fletcher32(std::uint32_t stored, std::uint32_t sum, std::string_view what) {
  // Files of HDF5 before 1.6.3 on little-endian machines have the bytes of each half swapped.
  const std::uint32_t swapped = (sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff);
  if (stored == sum || stored == swapped) return;
  corrupt(what, "its fletcher32 checksum does not match: stored " + std::to_string(stored) + ", its bytes give " +
                    std::to_string(sum));
}

std::size_t decode_fletcher32(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  if (in.size() < 4) {
    corrupt(what, "fletcher32: " + std::to_string(in.size()) + " bytes, the checksum alone has 4");
  }
  const ByteView data = in.first(in.size() - 4);
  if (data.size() > out.size()) {
    corrupt(what,
            "fletcher32: " + std::to_string(data.size()) + " bytes, expected at most " + std::to_string(out.size()));
  }
  check_fletcher32(load_le<std::uint32_t>(in.data() + data.size()), fletcher32(data), what);
  std::memcpy(out.data(), data.data(), data.size());
  return data.size();
}

}  // namespace chunkmark::hdf5
