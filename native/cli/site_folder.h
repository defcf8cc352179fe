// The static site as a folder: the pages, the WebAssembly module and the runs shown.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/cli/runs.h"

namespace chunkmark::cli {

// Copies what is there; a build without WebAssembly makes a site whose pages say so. A static site has the runs' files,
// and answers the pages' question for an engine with a file; a served one leaves both to the server. Returns the runs
// of its index. Errors: kNotFound without pages; those of Runs::list.
// `base`: the address that the site will have, for the pictures of links; empty where it is not known.
enum class SiteHost { kStatic, kServer };
std::vector<Runs::Run> write_site(const std::filesystem::path& out, const Runs& runs, SiteHost host,
                                  const std::string& base = "");

}  // namespace chunkmark::cli
