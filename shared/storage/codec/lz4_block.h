// One LZ4 block, written and read in pieces.
//
// A block is a row of sequences, each literals and a match, but for the last, which has literals alone. So the blocks
// of pieces become one: the literals that end a piece are put before those that begin the next one, straight from the
// array. Read in pieces, what lies before the last sequence that is whole is a block again with a few literals
// behind it; a sequence that is longer than a piece is followed by hand. Scratch is said with each function. Source:
// lz4_Block_format.md of LZ4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "storage/codec/codec.h"

namespace chunkmark::codec {

inline constexpr std::size_t kLz4WindowBytes = std::size_t{1} << 16;
inline constexpr std::size_t kLz4MinMatch = 4;
inline constexpr unsigned kLz4Long = 15;  // in a token's half: the length goes on in bytes

// One sequence in memory: where it begins, its literals, the place behind them, and its own end.
struct Lz4Sequence {
  std::size_t begin, literals, after_literals, end;
  std::size_t content;  // what it decodes to
};

// The sequence at `begin`, if it ends within `block`; one that has no match ends with it.
std::optional<Lz4Sequence> lz4_sequence_at(ByteView block, std::size_t begin);

// Appends the block of the chunk. Scratch: 1 MiB for each lane, twice that where the array is not contiguous.
void encode_lz4_block(const ChunkSource& source, Sink& sink, int acceleration, Executor& executor);

// Fills `dest` from the block that begins at `at` of the object. Scratch: 256 KiB, and 512 KiB where the array is not
// contiguous. Errors: kCorrupt.
void decode_lz4_block(const RandomAccess& object, std::uint64_t at, const ChunkDest& dest);

inline const char* lz4_chars(const std::byte* bytes) {
  return reinterpret_cast<const char*>(bytes);
}
inline char* lz4_chars(std::byte* bytes) {
  return reinterpret_cast<char*>(bytes);
}

}  // namespace chunkmark::codec
