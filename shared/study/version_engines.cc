#include "study/version_engines.h"

#include "base/error.h"
#include "base/json_members.h"
#include "page_version_peers_text.h"
#include "version_peers_text.h"

namespace chunkmark::study {
namespace {

std::vector<VersionEngine> read_engines(std::string_view text, const std::string& name) {
  const json::value document = parse_json(text, name);
  std::vector<VersionEngine> engines;
  for (const json::value& value : as_array(document, "the document", name)) {
    const json::object& object = as_object(value, "an engine", name);
    const auto words = [&](const char* key) {
      return json::value_to<std::vector<std::string>>(member(object, key, name));
    };
    engines.push_back({text_member(object, "name", name), text_member(object, "title", name),
                       text_member(object, "environment", name), member(object, "versioned", name).as_bool(),
                       words("compressions"), words("durabilities")});
  }
  return engines;
}

}  // namespace

const std::vector<VersionEngine>& version_engines() {
  static const std::vector<VersionEngine> engines = read_engines(kVersionPeersText, "version_peers.json");
  return engines;
}

const std::vector<VersionEngine>& page_version_engines() {
  static const std::vector<VersionEngine> engines = read_engines(kPageVersionPeersText, "page_version_peers.json");
  return engines;
}

const VersionEngine& version_engine(const std::string& name) {
  for (const std::vector<VersionEngine>* known : {&version_engines(), &page_version_engines()}) {
    for (const VersionEngine& engine : *known) {
      if (engine.name == name) return engine;
    }
  }
  throw Error(ErrorCode::kInvalidArgument, "engine: expected one of the transaction study's, found " + name);
}

}  // namespace chunkmark::study
