// What a store lies on: a disk, or memory that looks like one. Defined in run.schema.json ("x-media"), for C++ and the
// pages.
#pragma once

#include <string>

namespace chunkmark::record {

// "memory (tmpfs)", "disk (ext4)", or the name alone of what is neither for certain (nfs, 0x...). `filesystem` is the
// kernel's name of it, as records hold it.
std::string medium_text(const std::string& filesystem);

}  // namespace chunkmark::record
