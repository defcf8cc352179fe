#include "study/version_engines.h"

#include <algorithm>

#include "base/error.h"
#include "base/json_members.h"
#include "version_peers_text.h"

namespace chunkmark::study {
namespace {

std::vector<VersionEngine> read_engines() {
  constexpr char kName[] = "version_peers.json";
  const json::value document = parse_json(kVersionPeersText, kName);
  std::vector<VersionEngine> engines;
  for (const json::value& value : as_array(document, "the document", kName)) {
    const json::object& object = as_object(value, "an engine", kName);
    const auto words = [&](const char* key) {
      return json::value_to<std::vector<std::string>>(member(object, key, kName));
    };
    engines.push_back({text_member(object, "name", kName), text_member(object, "title", kName),
                       text_member(object, "environment", kName), member(object, "versioned", kName).as_bool(),
                       words("compressions"), words("durabilities")});
  }
  return engines;
}

}  // namespace

const std::vector<VersionEngine>& version_engines() {
  static const std::vector<VersionEngine> engines = read_engines();
  return engines;
}

const VersionEngine& version_engine(const std::string& name) {
  const std::vector<VersionEngine>& engines = version_engines();
  const auto found =
      std::find_if(engines.begin(), engines.end(), [&](const VersionEngine& each) { return each.name == name; });
  if (found == engines.end()) {
    throw Error(ErrorCode::kInvalidArgument, "engine: expected one of the transaction study's, found " + name);
  }
  return *found;
}

}  // namespace chunkmark::study
