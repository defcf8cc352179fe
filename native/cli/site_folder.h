// The static site as a folder: the pages, the WebAssembly module and the runs shown.
#pragma once

#include <filesystem>

namespace chunkmark::cli {

// Copies what is there; a build without WebAssembly makes a site whose pages say so. A static site answers the pages'
// question for an engine with a file; a served one leaves the answer to the server. A run that cannot be read is named
// on standard error and left out. Errors: kNotFound without pages, kCorrupt when there are runs and none can be read.
enum class SiteHost { kStatic, kServer };
void write_site(const std::filesystem::path& out, const std::filesystem::path& runs, SiteHost host);

}  // namespace chunkmark::cli
