#include "study/peers.h"

#include <algorithm>

#include "base/json_members.h"
#include "peers_text.h"

namespace chunkmark::study {
namespace {

constexpr char kName[] = "peers.json";

std::vector<Peer> read_peers() {
  const json::value document = parse_json(kPeersText, kName);
  std::vector<Peer> peers;
  for (const json::value& value : as_array(document, "the document", kName)) {
    const json::object& object = as_object(value, "a peer", kName);
    peers.push_back({text_member(object, "name", kName), text_member(object, "title", kName),
                     json::value_to<std::vector<std::string>>(member(object, "formats", kName))});
  }
  return peers;
}

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> peers = read_peers();
  return peers;
}

bool has_format(const std::string& engine, const std::string& format) {
  for (const Peer& peer : peers()) {
    if (peer.name != engine) continue;
    return std::find(peer.formats.begin(), peer.formats.end(), format) != peer.formats.end();
  }
  return true;
}

}  // namespace chunkmark::study
