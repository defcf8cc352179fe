// ByteStream: a file's content from front to back in runs of bounded size, unpacked where it is compressed.
//
// LZ4 frames, zstd and gzip are known by their first bytes; everything else is taken as it is. Borrows the file. Not
// thread-safe. Errors: kCorrupt, naming the file and the offset within it.
#pragma once

#include <memory>

#include "instrument/capture/event_source.h"

namespace chunkmark::imports {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // The next bytes, never more than kMaxRunBytes; empty at the end. They stay until the next call.
  virtual ByteView next() = 0;
};

constexpr std::size_t kMaxRunBytes = 256 << 10;

enum class Packing { kNone, kLz4, kZstd, kGzip };
Packing packing_of(ByteView file);

std::unique_ptr<ByteStream> open_stream(const capture::CaptureFile& file);

}  // namespace chunkmark::imports
