// SharedPages: which of the traced processes' mappings a page of shared memory counts in.
//
// Memory that several processes map is there once: each of its pages counts in the mapping in which it was first seen
// to be touched, and when that one ends, in another that has it. Objects are known by device and inode, so a file of
// /dev/shm, a memfd and what a fork inherits are one object in all processes. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>

namespace chunkmark::trace {

class SharedPages {
 public:
  struct Object {
    std::map<std::uint64_t, std::array<std::uint32_t, 512>> claims;  // by page / 512; 0 = nobody's
    std::uint64_t generation = 0;                                    // grows when pages are given up
  };

  Object& object(std::uint64_t device, std::uint64_t inode) { return objects_[{device, inode}]; }
  // Of memory without a file.
  Object& new_object() { return objects_[{~std::uint64_t{0}, ++anonymous_}]; }
  // The number of a mapping.
  std::uint32_t new_claimant() { return ++claimants_; }

  static void claim(Object& object, std::uint64_t page, std::uint32_t claimant) {
    std::uint32_t& holder = object.claims[page / 512][page % 512];
    if (holder == 0) holder = claimant;
  }
  static void give_up(Object& object, std::uint64_t first, std::uint64_t end, std::uint32_t claimant) {
    ++object.generation;
    visit(object, first, end, [claimant](std::uint32_t& holder) {
      if (holder == claimant) holder = 0;
    });
  }
  static std::uint64_t count(Object& object, std::uint64_t first, std::uint64_t end, std::uint32_t claimant) {
    std::uint64_t pages = 0;
    visit(object, first, end, [claimant, &pages](const std::uint32_t& holder) { pages += holder == claimant; });
    return pages;
  }

 private:
  template <typename Visit>
  static void visit(Object& object, std::uint64_t first, std::uint64_t end, Visit&& visit) {
    for (auto at = object.claims.lower_bound(first / 512); at != object.claims.end() && at->first * 512 < end; ++at) {
      for (std::uint64_t i = 0; i < 512; ++i) {
        const std::uint64_t page = at->first * 512 + i;
        if (page >= first && page < end) visit(at->second[i]);
      }
    }
  }

  std::map<std::pair<std::uint64_t, std::uint64_t>, Object> objects_;
  std::uint64_t anonymous_ = 0;
  std::uint32_t claimants_ = 0;
};

}  // namespace chunkmark::trace
