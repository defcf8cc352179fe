// GzipMember: decodes one gzip member at a time, or one stream of zlib's, from memory to memory. Source: RFC 1952,
// 1950.
//
// There are two of it, of which the build takes one: gzip_member_isal.cc, where ISA-L is there, needs half of the
// processor time of gzip_member_zlib.cc.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace chunkmark::codec {

// What stands around the DEFLATE stream: Zarr has gzip's, HDF5 zlib's.
enum class GzipFraming { kGzip, kZlib };

class GzipMember {
 public:
  // "isa-l" or "zlib", and its version.
  static std::pair<std::string, std::string> library();

  // `name` is for errors, and borrowed.
  explicit GzipMember(const std::string& name, GzipFraming framing = GzipFraming::kGzip);
  ~GzipMember();
  GzipMember(const GzipMember&) = delete;
  GzipMember& operator=(const GzipMember&) = delete;

  // Decodes until one of the two is used up or the member ends, and moves both on past what is done; true at the end,
  // when the sums are checked. Errors: kCorrupt. Each is of less than 4 GiB, and `out` of at least a byte.
  bool advance(ByteView& in, MutableByteView& out);

  // What comes next is the header of another member.
  void restart();

 private:
  struct State;

  const std::string& name_;
  std::unique_ptr<State> state_;
};

}  // namespace chunkmark::codec
