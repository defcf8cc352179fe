// ByteStream: bytes in order, pulled by whoever needs the next ones. Filters that can be undone while bytes pass are
// streams over the stream of what the file stores.
//
// gzip (zlib's framing), zstd, fletcher32 (verified at the end), lz4 and bitshuffle (block by block). Scratch, whatever
// the chunk: kStreamPieceBytes for each, and the decoder's own state: 87 KB for gzip, zstd's window (8 MiB for frames
// of levels up to 19), two blocks of lz4 and bitshuffle. A block may be as large as its writer chose: lz4's default is
// 1 GiB, so that its chunks are one block, which takes as much as the chunk.
// A stream owns the one below it. Not thread-safe. Errors: kCorrupt, naming the chunk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bytes/random_access.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::hdf5 {

// Fits into the second-level cache beside what it is decoded to, and is few enough calls that they do not show.
inline constexpr std::size_t kStreamPieceBytes = 128 * 1024;

// Implementations override at least one of the two; each comes from the other. Whoever pulls keeps to one of them: what
// is left of a piece that read() took is not what next() gives.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills `out`; returns fewer only at the end, where everything that can be checked has been.
  virtual std::size_t read(MutableByteView out);
  // The next bytes, none at the end. Borrowed until the next call.
  virtual ByteView next();

 private:
  std::vector<std::byte> piece_;
  ByteView left_;
};

// The bytes of `stored`, which is borrowed: in place where it has them in memory.
std::unique_ptr<ByteStream> stream_of(const bytes::RandomAccess& stored);

// Whether the filter has a stream. shuffle has none (see chunk_stream.h), nor those that are decoded as a whole: szip,
// scaleoffset, bzip2, lzf, blosc2.
bool has_stream(const Filter& filter);
// The filter undone. `max_bytes` bounds what comes out of it, `what` names the chunk in errors.
std::unique_ptr<ByteStream> open_stream(const Filter& filter, std::unique_ptr<ByteStream> in, std::uint64_t max_bytes,
                                        const std::string& what);

// The kinds that have a file of their own; open_stream chooses.
std::unique_ptr<ByteStream> open_block_stream(const Filter& filter, std::unique_ptr<ByteStream> in,
                                              std::uint64_t max_bytes, const std::string& what);

}  // namespace chunkmark::hdf5
