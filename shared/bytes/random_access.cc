#include "bytes/random_access.h"

#include "base/error.h"

namespace chunkmark::bytes {
namespace {

[[noreturn]] void refuse_write(const RandomAccess& bytes, const char* call) {
  throw Error(ErrorCode::kUnsupported, bytes.name() + ": " + call + ": it is open for reading only");
}

template <typename Run>
std::uint64_t sum(std::span<const Run> runs) {
  std::uint64_t total = 0;
  for (const Run run : runs) total += run.size();
  return total;
}

}  // namespace

void RandomAccess::write_at(std::uint64_t, std::span<const ByteView>) {
  refuse_write(*this, "write_at");
}

void RandomAccess::truncate(std::uint64_t) {
  refuse_write(*this, "truncate");
}

void RandomAccess::sync() {
  refuse_write(*this, "sync");
}

std::uint64_t total_bytes(std::span<const MutableByteView> runs) {
  return sum(runs);
}

std::uint64_t total_bytes(std::span<const ByteView> runs) {
  return sum(runs);
}

void check_range(const std::string& name, std::uint64_t offset, std::uint64_t count, std::uint64_t size) {
  if (offset <= size && count <= size - offset) return;
  throw Error(ErrorCode::kCorrupt, name + ": expected " + std::to_string(offset) + " + " + std::to_string(count) +
                                       " bytes, found " + std::to_string(size));
}

}  // namespace chunkmark::bytes
