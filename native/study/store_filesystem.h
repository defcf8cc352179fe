// The file system that a store's folder lies on.
#pragma once

#include <filesystem>
#include <string>

namespace chunkmark::native_study {

// The kernel's name of the folder's file system ("ext4", "tmpfs"), or its number in hexadecimal where it has no name
// here. Errors: kIo. Source: statfs(2) and linux/magic.h.
std::string filesystem_name(const std::filesystem::path& folder);

}  // namespace chunkmark::native_study
