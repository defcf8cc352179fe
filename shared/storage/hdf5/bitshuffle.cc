// The bitshuffle filter (32008): blocks of elements, each transposed bit by bit and then, mostly, compressed.
//
// The filter's values are two of its version, bytes per element, elements per block (0: the default) and the compressor
// (0 none, 2 LZ4, 3 Zstd). Without a compressor the stored bytes are the blocks. With one they are 8 bytes of decoded
// size and 4 of bytes per block, then every block behind 4 bytes of its stored size; all big-endian. The last block has
// what is left in whole eights of elements; what is less than eight elements stands at the end as it is.
// Source: the filter's registration at The HDF Group, and files of hdf5plugin.
#include <algorithm>

#include "storage/hdf5/filters.h"
#include "storage/hdf5/shuffle.h"

namespace chunkmark::hdf5 {

namespace {

constexpr std::uint32_t kLz4 = 2, kZstd = 3;
constexpr std::size_t kHeaderBytes = 12;

// What the filter takes where it was not told: about 8 KiB, and never so few elements that transposing gains nothing.
std::size_t default_block_elements(std::size_t element_bytes) {
  return std::max<std::size_t>(8192 / element_bytes / 8 * 8, 128);
}

}  // namespace

BitshuffleSettings parse_bitshuffle(const Filter& filter, std::string_view what) {
  const auto value = [&](std::size_t i) { return i < filter.values.size() ? filter.values[i] : 0; };
  const std::uint32_t element_bytes = value(2), compressor = value(4);
  if (element_bytes == 0) corrupt(what, "bitshuffle: its filter values say 0 bytes per element, expected at least 1");
  if (compressor != 0 && compressor != kLz4 && compressor != kZstd) {
    unsupported(what, "bitshuffle: compressor " + std::to_string(compressor) + ", expected 0, 2 (LZ4) or 3 (Zstd)");
  }
  return {element_bytes, value(3), compressor != 0, compressor == kZstd ? BlockCodec::kZstd : BlockCodec::kLz4};
}

std::size_t bitshuffle_block_bytes(const BitshuffleSettings& settings, std::uint64_t stored, std::uint64_t total,
                                   std::string_view what) {
  if (total % settings.element_bytes != 0) {
    corrupt(what, "bitshuffle: " + std::to_string(total) + " bytes, expected elements of " +
                      std::to_string(settings.element_bytes));
  }
  std::size_t elements = settings.compressed ? stored / settings.element_bytes : settings.block_elements;
  if (elements == 0) elements = default_block_elements(settings.element_bytes);
  if (elements % 8 != 0) {
    corrupt(what, "bitshuffle: " + std::to_string(elements) + " elements per block, expected a multiple of 8");
  }
  return elements * settings.element_bytes;
}

std::size_t decode_bitshuffle(const Filter& filter, ByteView in, MutableByteView out, std::string_view what) {
  const BitshuffleSettings settings = parse_bitshuffle(filter, what);
  const std::size_t element_bytes = settings.element_bytes;
  const bool compressed = settings.compressed;
  const std::uint64_t total = compressed ? load_be(in, 0, 8, what) : in.size();
  if (total > out.size()) {
    corrupt(what, "bitshuffle: " + std::to_string(total) + " bytes, expected at most " + std::to_string(out.size()));
  }
  const std::size_t full_block_bytes =
      bitshuffle_block_bytes(settings, compressed ? load_be(in, 8, 4, what) : 0, total, what);

  const std::size_t tail = total / element_bytes % 8 * element_bytes, whole = total - tail;
  const std::size_t block_bytes = std::min(full_block_bytes, whole);
  std::vector<std::byte> scratch(compressed ? block_bytes : 0);
  std::size_t at = compressed ? kHeaderBytes : 0;
  for (std::size_t written = 0; written < whole;) {
    const std::size_t count = std::min(block_bytes, whole - written);
    ByteView block;
    if (compressed) {
      const std::uint64_t stored = load_be(in, at, 4, what);
      at += 4;
      if (stored > in.size() - at) {
        corrupt(what, "bitshuffle: a block of " + std::to_string(stored) + " bytes at " + std::to_string(at) +
                          ", the chunk has " + std::to_string(in.size()));
      }
      const MutableByteView decoded = MutableByteView(scratch).first(count);
      decode_block(settings.codec, in.subspan(at, stored), decoded, what);
      block = decoded;
      at += stored;
    } else {
      block = in.subspan(at, count);
      at += count;
    }
    unshuffle_bits(block, out.data() + written, element_bytes);
    written += count;
  }
  if (tail > in.size() - at) {
    corrupt(what, "bitshuffle: " + std::to_string(tail) + " bytes expected behind the last block, found " +
                      std::to_string(in.size() - at));
  }
  if (tail > 0) std::memcpy(out.data() + whole, in.data() + at, tail);
  return total;
}

}  // namespace chunkmark::hdf5
