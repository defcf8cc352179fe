// The engines that the copy study compares with: libraries of others, each described once (peers/peers.json), for this
// code, for peer.py, which runs them, and for venv.py, which installs them.
#pragma once

#include <string>
#include <vector>

namespace chunkmark::study {

struct Peer {
  std::string name;   // "zarr-python-2": in options, records and file names
  std::string title;  // as people write it
  std::vector<std::string> formats;
};

// In the order in which tables show them.
const std::vector<Peer>& peers();

// Whether the engine, a peer or ours, has the format at all.
bool has_format(const std::string& engine, const std::string& format);

}  // namespace chunkmark::study
