// The engines of the transaction study, ours and libraries of others, each described once (peers/version_peers.json):
// for this code, for versions.py, which runs the libraries, for venv.py, which installs them, and for the pages; those
// that only pages have, in JavaScript, in peers/page_version_peers.json.
#pragma once

#include <string>
#include <vector>

namespace chunkmark::study {

struct VersionEngine {
  std::string name, title;
  std::string environment;  // of which peer it is installed in; empty: this program is the engine
  bool versioned = true;    // false: it keeps the latest state alone
  std::vector<std::string> compressions;
  std::vector<std::string> durabilities;  // that a commit may be asked for, the weakest first
};

// In the order in which tables show them: of this machine; and of pages.
const std::vector<VersionEngine>& version_engines();
const std::vector<VersionEngine>& page_version_engines();

// Of either. Errors: kInvalidArgument.
const VersionEngine& version_engine(const std::string& name);

}  // namespace chunkmark::study
