// Where the peers of the copy study are installed: each in a virtual environment of its own (peers/venv.py).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace chunkmark::native_study {

// The Python of the peer's environment; empty while it is not installed.
std::optional<std::filesystem::path> peer_python(const std::string& name);

// The command that installs the peers: the source tree's, or the installation's own. Errors: kNotFound.
std::string install_command();

}  // namespace chunkmark::native_study
