// The static site as a folder: the pages, the WebAssembly module and the runs shown.
#pragma once

#include <filesystem>
#include <string>

#include "native/cli/runs.h"

namespace chunkmark::cli {

// The pages and the WebAssembly modules; a build without these makes a site whose pages say so. Errors: kNotFound
// without pages.
void write_pages(const std::filesystem::path& out);

// These, the runs with their files, and a file that answers the pages' question for an engine. `base`: the address that
// the site will have, for the pictures of links; empty where it is not known. Errors: those of Runs::list as well.
void write_site(const std::filesystem::path& out, const Runs& runs, const std::string& base = "");

}  // namespace chunkmark::cli
