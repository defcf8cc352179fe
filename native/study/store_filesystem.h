// What a store's folder lies on: a disk, or memory that looks like one.
#pragma once

#include <filesystem>
#include <string>

namespace chunkmark::native_study {

// The kernel's name of the folder's file system ("ext4", "tmpfs"), or its number in hexadecimal where it has no name
// here. Errors: kIo. Source: statfs(2) and linux/magic.h.
std::string filesystem_name(const std::filesystem::path& folder);

// "memory (tmpfs)", "disk (ext4)", or the name alone of what is neither for certain (nfs, 0x...).
std::string filesystem_text(const std::string& name);

}  // namespace chunkmark::native_study
