// What files of other tools cannot tell, by names: meta["origin"] = {"format": "memray capture", "version": "12",
// "unknown": [names], "peak_tie": "last"}, and in the last section "allocation_records", "notes" (sentences),
// and "allocations" and "peak_heap_bytes" where the file tells more of them than its events do. A
// figure that the format cannot tell is absent, not zero. Captures of our own have no "origin" and tell all.
#pragma once

#include <string_view>

namespace chunkmark::capture {

constexpr std::string_view kTellsAllocations = "allocations";  // how many
constexpr std::string_view kTellsBlocks = "blocks";            // how many blocks the bytes of a site are in
constexpr std::string_view kTellsPeak = "peak";                // what was alive at the heap peak
constexpr std::string_view kTellsTimes = "times";              // when
constexpr std::string_view kTellsDuration = "duration";        // how long
constexpr std::string_view kTellsEnd = "end";                  // what was alive at the end
constexpr std::string_view kTellsAllocator = "allocator";      // the allocation family apart from mappings
constexpr std::string_view kTellsMapped = "mapped";            // mappings
constexpr std::string_view kTellsPages = "pages";              // which pages are touched, and shared memory
constexpr std::string_view kTellsCopies = "copies";            // the memcpy family
constexpr std::string_view kTellsTransfers = "transfers";      // between the program and the kernel
constexpr std::string_view kTellsRealloc = "realloc";          // what realloc moves

}  // namespace chunkmark::capture
