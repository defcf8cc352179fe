// The static site as a folder: the pages, the WebAssembly module and the runs shown.
#pragma once

#include <filesystem>

namespace chunkmark::cli {

// Copies what is there; a build without WebAssembly makes a site whose pages say so. Errors: kNotFound without pages.
void write_site(const std::filesystem::path& out, const std::filesystem::path& runs);

}  // namespace chunkmark::cli
