// Filters: undoes a dataset's filter pipeline for one chunk.
//
// gzip (1), shuffle (2), fletcher32 (3, verified), szip (4, where libsz is there), nbit (5), scaleoffset (6), bzip2
// (307), lzf (32000), blosc (32001), lz4 (32004), bitshuffle (32008), zfp (32013, where libzfp is there), zstd (32015),
// blosc2 (32026). One more is a function here and a line of the table in filters.cc. The last step writes straight into
// the caller's bytes; two scratch buffers of at most a chunk each, the caller's, are for pipelines of several steps.
// Thread-safe: each lane brings its scratch. Errors: kUnsupported names a filter that is not here; kCorrupt damage, a
// wrong size or a wrong checksum. Sources: HDF5 registered filters, H5Znbit.c's and H5Zscaleoffset.c's formats,
// liblzf's block format.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

enum class FilterId : std::uint16_t {
  kGzip = 1,
  kShuffle = 2,
  kFletcher32 = 3,
  kSzip = 4,
  kNbit = 5,
  kScaleOffset = 6,
  kBzip2 = 307,
  kLzf = 32000,
  kBlosc = 32001,
  kLz4 = 32004,
  kBitshuffle = 32008,
  kZfp = 32013,
  kZstd = 32015,
  kBlosc2 = 32026,
};
inline FilterId id_of(const Filter& filter) {
  return static_cast<FilterId>(filter.id);
}

// One filter undone: writes at most out.size() bytes, returns how many.
using Decoder = std::size_t (*)(const Filter& filter, ByteView in, MutableByteView out, std::string_view what);
// Null where there is none.
Decoder find_decoder(std::uint16_t filter_id);
// "gzip", "lzf" ...; the file's own name, or the number, for others.
std::string filter_name(const Filter& filter);
// In the order in which a chunk is encoded, with what users choose: "shuffle, gzip 4", "blosc lz4 5". Empty for none.
std::string filters_text(const std::vector<Filter>& filters);

class FilterPipeline {
 public:
  FilterPipeline() = default;
  explicit FilterPipeline(std::vector<Filter> filters) : filters_(std::move(filters)) {}

  bool empty() const { return filters_.empty(); }
  const std::vector<Filter>& filters() const { return filters_; }

  using Scratch = std::array<std::vector<std::byte>, 2>;  // grows as it must, and may be used again
  // `stored` is what the file holds of the chunk; `chunk` gets all of its bytes.
  void decode(ByteView stored, std::uint32_t mask, MutableByteView chunk, std::string_view what,
              Scratch& scratch) const;

 private:
  std::vector<Filter> filters_;
};

// The single decoders, as find_decoder gives them.
std::size_t decode_gzip(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_shuffle(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_fletcher32(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_szip(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_nbit(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_scale_offset(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_bzip2(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_lzf(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_blosc(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_lz4(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_zfp(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_bitshuffle(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_zstd(const Filter&, ByteView in, MutableByteView out, std::string_view what);
std::size_t decode_blosc2(const Filter&, ByteView in, MutableByteView out, std::string_view what);

// What decoders share. A block that a filter's own format holds: fills `out` wholly, or is kCorrupt.
enum class BlockCodec { kBlosclz, kLz4, kZlib, kZstd };
void decode_block(BlockCodec codec, ByteView in, MutableByteView out, std::string_view what);
// Errors: kCorrupt unless `stored` is what the bytes' sum is, in either order of each half's bytes.
void check_fletcher32(std::uint32_t stored, std::uint32_t sum, std::string_view what);

struct BitshuffleSettings {
  std::size_t element_bytes = 0, block_elements = 0;  // 0 elements: the default
  bool compressed = false;
  BlockCodec codec = BlockCodec::kLz4;
};
BitshuffleSettings parse_bitshuffle(const Filter& filter, std::string_view what);
// The bytes of a block, of which the stored header says `stored` where there is one; at least 8 elements. `total` bytes
// are decoded in all.
std::size_t bitshuffle_block_bytes(const BitshuffleSettings& settings, std::uint64_t stored, std::uint64_t total,
                                   std::string_view what);

// The big-endian number of `width` bytes at `at`; kCorrupt past the end.
std::uint64_t load_be(ByteView in, std::size_t at, unsigned width, std::string_view what);

}  // namespace chunkmark::hdf5
