// Free memory that is ready to be used.
//
// A virtual machine may give pages back to its host once they have been free for two seconds (Linux's free page
// reporting), and whoever touches them next waits for the host: 85 to 225 ms for 100 MB against 4.4 ms, measured. In a
// study of times that would fall on one engine or another by chance.
#pragma once

#include <cstdint>

namespace chunkmark::native_study {

// Touches that much of the free memory, or half of what there is, so that the kernel hands it out next.
void warm_free_memory(std::uint64_t bytes);

}  // namespace chunkmark::native_study
