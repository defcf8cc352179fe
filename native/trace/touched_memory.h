// TouchedMemory: the large mappings and blocks of one process, and which of their pages were touched.
//
// Told of every event of memory in order, it looks at the pages in between and tells how much of each is touched: as
// events of kPages, whose stack and thread are those of the mapping. Pages are looked at
//   * by look(), from outside, as long as the process lives: often, but only at what was not touched when last seen and
//     only after a page fault, so that a page that was touched costs once, and at most a twentieth of the launcher's
//     time goes into it;
//   * by the process itself, where a moment later is too late: before it unmaps memory or gives pages back (touched()).
// A thread at a mark, and a process about to exit, wait until look() has seen all of it. So what is touched is exact
// at marks, when memory ends and at the end; in between it is late by the time since the last look.
//
// Borrows the shared pages and `tell`. Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "instrument/capture/event.h"
#include "native/trace/page_set.h"
#include "native/trace/pagemap.h"
#include "native/trace/shared_pages.h"

namespace chunkmark::trace {

class TouchedMemory {
 public:
  using Tell = std::function<void(const capture::Event&)>;

  TouchedMemory(pid_t pid, SharedPages& shared, Tell tell);
  ~TouchedMemory();
  TouchedMemory(const TouchedMemory&) = delete;
  TouchedMemory& operator=(const TouchedMemory&) = delete;

  // Passes an event of the process on, as kMapPages where it makes a mapping that counts by its pages.
  void on_event(const capture::Event& event);
  struct SharedMapping {
    std::uint64_t device, inode, offset;  // device and inode 0: anonymous
  };
  void on_shared_map(capture::Event event, const SharedMapping& mapping);
  // What a fork has of its parent.
  void inherit_shared(const TouchedMemory& parent, std::uint64_t time_ns);
  // The process looked at its own pages: those from `address` on whose bit is set are touched.
  void touched(std::uint64_t address, std::span<const std::uint64_t> bits, std::uint64_t time_ns);
  void discarded(std::uint64_t address, std::uint64_t bytes, bool of_object, std::uint64_t time_ns);

  // Looks at the pages if it is time to. `now`: at all of them, whatever it takes.
  void look(std::uint64_t time_ns, bool now);

  // False where the kernel does not tell which pages are touched.
  bool knows_pages() const { return pagemap_.allowed(); }
  // Touched bytes of private mappings and of large blocks.
  std::uint64_t private_bytes() const;

 private:
  struct Region {
    std::uint64_t end;
    std::uint32_t stack, thread;
    SharedPages::Object* object = nullptr;
    std::uint32_t claimant = 0;
    std::uint64_t object_page = 0;  // of the first page
    std::uint64_t generation = 0;   // of the object when last looked at
    std::uint64_t told_bytes = 0;
  };
  using Regions = std::map<std::uint64_t, Region>;  // by first address
  struct Memory {
    Regions regions;
    PageSet pages;
  };

  void add_mapping(const capture::Event& event, Region region);
  void unmap(std::uint64_t begin, std::uint64_t end, std::uint64_t time_ns);
  void add_pages(Memory& memory, Regions::iterator region, std::uint64_t first, std::uint64_t bits);
  std::uint64_t touched_bytes(const Memory& memory, std::uint64_t begin, const Region& region) const;
  void tell(const Memory& memory, Regions::iterator region, std::uint64_t time_ns, bool exact);
  void forget_what_was_discarded();
  bool look_at(Memory& memory, std::uint64_t time_ns, bool now);
  bool read_pages(Memory& memory, Regions::iterator region, std::uint64_t first, std::uint64_t end);
  static void give_up(std::uint64_t begin, const Region& region);

  pid_t pid_;
  SharedPages& shared_;
  Tell tell_;
  Pagemap pagemap_;
  Memory mappings_, blocks_;
  bool changed_ = false;       // since the last look
  bool finished_ = true;       // the last look saw all of it
  std::uint64_t faults_ = 0;   // of the process at the last look
  std::uint64_t next_ns_ = 0;  // no look before
  std::uint64_t resume_ = 0;   // where the next look goes on
  std::vector<std::uint64_t> entries_;
};

}  // namespace chunkmark::trace
