// Where the peers of the copy study are installed: each in a virtual environment of its own (peers/venv.py).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace chunkmark::native_study {

// The Python of the peer's environment, of the newest Python version if there are several. Empty while it is not
// installed, also if what is there was made from another lock than this program's.
std::optional<std::filesystem::path> peer_python(const std::string& name);

// The command that installs the peers: the source tree's, or the installation's own. Errors: kNotFound.
std::string install_command();

}  // namespace chunkmark::native_study
