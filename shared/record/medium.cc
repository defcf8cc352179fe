#include "record/medium.h"

#include <algorithm>

#include "record/run_record.h"

namespace chunkmark::record {

std::string medium_text(const std::string& filesystem) {
  const json::object& media = run_schema().document().at("x-media").as_object();
  for (const char* medium : {"disk", "memory"}) {
    const json::array& names = media.at(medium).as_array();
    if (std::find(names.begin(), names.end(), json::value(filesystem)) == names.end()) continue;
    return std::string(medium) + " (" + filesystem + ")";
  }
  return filesystem;
}

}  // namespace chunkmark::record
