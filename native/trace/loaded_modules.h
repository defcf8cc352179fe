// Names of the native frames of another tool's file, on the machine where it was recorded.
//
// Such a file has addresses, and no build-ids. A module's file of today is taken for the one that was loaded if it was
// not changed since, and has the same segments; otherwise its frames stay module and offset: a wrong name is worse than
// none.
#pragma once

#include "instrument/capture/event_source.h"

namespace chunkmark::trace {

// A capture::NameFrames. Gives up after a minute, with what it has.
void name_loaded_frames(capture::StackTree& stacks, std::span<const capture::LoadedModule> modules,
                        std::int64_t loaded_ms);

}  // namespace chunkmark::trace
