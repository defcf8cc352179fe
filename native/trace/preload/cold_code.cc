// GCC puts what it takes for rarely run into a part of its own, far away (function.cold). Of CPython's evaluation loop
// that may be nearly all, as in Debian's 3.14 and 3.15: the symbol covers one of its hundred kilobytes.
//
// Both parts have an entry of their own in the unwinder's table. The first part gets to the other by conditional jumps,
// with which no compiler leaves for another function; so where most of them lead is the cold part. Bytes that only look
// like such a jump lead nowhere in particular: two that lead into one entry of the same module are no accident.
#include "native/trace/preload/cold_code.h"

#include <dlfcn.h>

#include <cstddef>

#include "native/trace/preload/call_frame_table.h"

namespace chunkmark::trace {

#if defined(__x86_64__)

namespace {

constexpr std::size_t kMaxCandidates = 16;
constexpr std::uint64_t kJumpBytes = 6;  // 0F 8x, then the distance from the jump's end
constexpr int kEnoughJumps = 2;

struct Candidate {
  CodeRange range;
  int jumps;
};

}  // namespace

CodeRange find_cold_code(CodeRange function) {
  dl_find_object module;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  if (_dl_find_object(reinterpret_cast<void*>(function.begin), &module) != 0) return {0, 0};
  const auto* header = static_cast<const unsigned char*>(module.dlfo_eh_frame);
  Candidate candidates[kMaxCandidates];
  std::size_t count = 0;
  for (std::uint64_t at = function.begin; at + kJumpBytes <= function.end; ++at) {
    const auto* code = reinterpret_cast<const unsigned char*>(at);  // NOLINT(performance-no-int-to-ptr)
    if (code[0] != 0x0f || (code[1] & 0xf0) != 0x80) continue;
    std::int32_t distance;
    __builtin_memcpy(&distance, code + 2, sizeof distance);
    const std::uint64_t target = at + kJumpBytes + static_cast<std::uint64_t>(static_cast<std::int64_t>(distance));
    if (target >= function.begin && target < function.end) continue;
    std::size_t i = 0;
    while (i < count && (target < candidates[i].range.begin || target >= candidates[i].range.end)) ++i;
    if (i < count) {
      ++candidates[i].jumps;
      continue;
    }
    CodeRange found;
    if (count == kMaxCandidates || !find_function(header, target, found.begin, found.end)) continue;
    candidates[count++] = {found, 1};
  }
  Candidate best{{0, 0}, kEnoughJumps - 1};
  for (std::size_t i = 0; i < count; ++i) {
    if (candidates[i].jumps > best.jumps) best = candidates[i];
  }
  return best.range;
}

#else

CodeRange find_cold_code(CodeRange) {
  return {0, 0};
}

#endif

}  // namespace chunkmark::trace
