// A frame as valgrind's tools write it: "0x1092E8: make_buffer(unsigned long) (buf.cpp:8)", "0x4: f (in /lib/libx.so)".
#pragma once

#include <optional>
#include <string_view>

#include "instrument/import/stack_builder.h"

namespace chunkmark::imports {

// Its number in the tree; nothing for valgrind's own replacement of an allocation function.
std::optional<std::uint32_t> valgrind_frame(StackBuilder& builder, std::string_view text);

}  // namespace chunkmark::imports
