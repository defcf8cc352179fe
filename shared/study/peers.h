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
  std::vector<std::string> stores;  // "local", "s3"; of a page "memory", "opfs"
  std::vector<std::string> codecs;  // of kCodecs
};

// What the study can compress with, as the command line and records call it, in the order in which tables show it.
inline const std::vector<std::string> kCodecs{"none", "blosc", "zstd", "gzip", "lz4"};

// In the order in which tables show them: of this machine; and of pages (peers/page_peers.json), in JavaScript.
const std::vector<Peer>& peers();
const std::vector<Peer>& page_peers();

// Whether the engine, a peer or ours, has the format at all, and the codec.
bool has_format(const std::string& engine, const std::string& format);
bool has_codec(const std::string& engine, const std::string& codec);

// Whether it is measured on such stores: "local", "s3".
bool has_store(const std::string& engine, const std::string& filesystem);

}  // namespace chunkmark::study
