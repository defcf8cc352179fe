// The engines that the copy study compares with: Python libraries, each in a virtual environment of its own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace chunkmark::cli {

// "zarr-python-2", "zarr-python-3" ..., in the order in which tables show them.
const std::vector<std::string>& peer_names();

// Whether the engine has the format at all: zarr-python 2 knows Zarr v2 only, icechunk v3 only.
bool has_format(const std::string& name, const std::string& format);

// The Python of the peer's environment; empty while it is not installed.
std::optional<std::filesystem::path> peer_python(const std::string& name);

// The command that installs the peers: the source tree's, or the installation's own. Errors: kNotFound.
std::string install_command();

}  // namespace chunkmark::cli
