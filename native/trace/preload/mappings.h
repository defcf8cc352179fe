// for_each_mapping: what the kernel says is mapped in a range of this process. Source: proc(5), /proc/PID/maps.
//
// Uses system calls and scratch memory only: to be called while recording. The list is read up to the range's end, so
// it is for rare calls (mremap, mprotect that gives access), not for each mmap.
#pragma once

#include <cstdint>

namespace chunkmark::trace {

struct Mapping {
  std::uint64_t begin, end;  // cut to the range that was asked for
  bool accessible;
  bool anonymous;  // of no file; private or shared
};

void for_each_mapping(std::uint64_t begin, std::uint64_t end, void (*visit)(const Mapping&, void*), void* context);

}  // namespace chunkmark::trace
