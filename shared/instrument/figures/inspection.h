// Inspection: all that `chunkmark inspect` tells of a capture, as typed results. Whoever judges or shows a capture (the
// terminal, a gate, a report, JSON at the edge) reads these fields, so that all of them say the same.
//
// A figure that the capture cannot tell is empty: what a cut or damaged capture leaves unknown (see profile::Known),
// and what needs the array's size where that is not known or no buffer of it was seen. Plain values; own all they show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "instrument/figures/copy_figures.h"
#include "instrument/profile/capture_analysis.h"

namespace chunkmark::figures {

using Figure = std::optional<std::uint64_t>;

// The blocks of one call site that were alive at the heap peak.
struct Buffer {
  std::string site;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_before = 0;  // of these, alive when the window began
  std::uint64_t blocks = 0;
  std::uint64_t shared_bytes = 0;           // of these, touched pages of shared memory
  Figure large_bytes, large_touched_bytes;  // of its blocks of 1 MiB and more: their size, and what was touched
  std::optional<Content> content;           // of its large buffers, where it was looked at
  std::vector<std::string> stack;           // innermost frame first, of the stack that grew most

  std::uint64_t grown() const { return bytes - bytes_before; }
};

// A process of which much more was resident than its heap.
struct Unexplained {
  std::uint32_t process = 0;
  std::uint64_t resident_bytes = 0, heap_bytes = 0;  // anonymous and the heap, at their peaks
  std::vector<profile::Unexplained> places;          // largest first
};

struct Window {
  std::uint64_t begin_ns = 0, end_ns = 0;
};

struct Resident {
  Figure anonymous_bytes, file_bytes;  // peaks
  Figure high_water_bytes;             // the kernel's own, of both together
};

struct Inspection {
  std::optional<std::string> origin;  // of another tool's file: which format
  std::optional<std::string> command, started;
  Figure duration_ns;
  Figure known_until_ns;         // set if the figures are of the beginning of the run only
  std::optional<Window> window;  // between the marks begin and end; without it the figures are of the whole run
  bool marks_fit = true;         // no such marks, or one begin and one end behind it
  Figure allocations;
  Figure allocation_records;  // of a tool that counts allocations and ends together
  Figure peak_heap_bytes, peak_ns;
  Figure heap_at_begin_bytes;
  Figure malloc_peak_bytes;  // the allocation family alone
  Figure mapped_at_begin_bytes;
  Figure mapped_peak_bytes;  // the allocation family and the whole size of mappings, as memray counts them
  bool by_pages = false;     // mappings of 1 MiB and more count by touched pages, not by their size
  Figure shared_bytes;       // touched pages of shared memory at the heap peak
  std::vector<Unexplained> unexplained;
  Figure live_at_end_bytes;
  Figure bytes_copied, copy_calls;
  Figure bytes_realloc_moved;
  Figure bytes_in, bytes_out;
  Resident resident;
  Figure array_bytes;                              // as asked for, or as the capture says
  std::optional<CopyFigures> copy;                 // what is told against the array's size
  std::vector<Buffer> buffers_at_peak;             // the largest, largest first
  std::vector<profile::UntracedProgram> untraced;  // programs that ran unseen
  std::vector<profile::OwnAllocator> allocators;   // whose blocks are not seen one by one
  std::vector<std::string> conclusions;            // sentences: what is shown of copies
  std::vector<std::string> findings;               // sentences: what to know before trusting a figure

  // Whether peaks and sums are at least what was read, rather than what was.
  bool is_so_far() const { return known_until_ns.has_value(); }
};

// What the heap counts, in one sentence.
const char* heap_rule(const Inspection& inspection);

// array_bytes: what the traced command stores; 0 takes what the capture says.
Inspection inspect(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes);

}  // namespace chunkmark::figures
