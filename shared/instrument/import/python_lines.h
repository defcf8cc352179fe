// The source line of an instruction of a Python code object, by the object's own table.
//
// Source: CPython, Objects/locations.md (3.11 and later), Objects/lnotab_notes.txt (3.10 and before). Pure.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace chunkmark::imports {

// `instruction`: offset in bytes. 0 where the table does not tell. Any bytes are answered.
std::uint32_t python_line(std::uint32_t python_version, ByteView table, std::int64_t first_line,
                          std::int64_t instruction);

}  // namespace chunkmark::imports
