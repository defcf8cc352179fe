#include "study/peers.h"

#include <algorithm>

#include "base/json_members.h"
#include "page_peers_text.h"
#include "peers_text.h"

namespace chunkmark::study {
namespace {

std::vector<std::string> names(const json::object& object, const char* member_name) {
  return json::value_to<std::vector<std::string>>(member(object, member_name, "peers"));
}

bool has(const std::string& engine, std::vector<std::string> Peer::*list, const std::string& name) {
  for (const std::vector<Peer>* known : {&peers(), &page_peers()}) {
    for (const Peer& peer : *known) {
      if (peer.name != engine) continue;
      return std::find((peer.*list).begin(), (peer.*list).end(), name) != (peer.*list).end();
    }
  }
  return true;
}

std::vector<Peer> read_peers(std::string_view text, const std::string& name) {
  const json::value document = parse_json(text, name);
  std::vector<Peer> peers;
  for (const json::value& value : as_array(document, "the document", name)) {
    const json::object& object = as_object(value, "a peer", name);
    peers.push_back({text_member(object, "name", name), text_member(object, "title", name), names(object, "formats"),
                     names(object, "stores"), names(object, "codecs")});
  }
  return peers;
}

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> peers = read_peers(kPeersText, "peers.json");
  return peers;
}

const std::vector<Peer>& page_peers() {
  static const std::vector<Peer> peers = read_peers(kPagePeersText, "page_peers.json");
  return peers;
}

bool has_format(const std::string& engine, const std::string& format) {
  return has(engine, &Peer::formats, format);
}

bool has_codec(const std::string& engine, const std::string& codec) {
  return has(engine, &Peer::codecs, codec);
}

bool has_store(const std::string& engine, const std::string& filesystem) {
  return has(engine, &Peer::stores, filesystem);
}

}  // namespace chunkmark::study
