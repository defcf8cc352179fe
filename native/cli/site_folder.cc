#include "native/cli/site_folder.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "native/cli/files.h"
#include "native/cli/places.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

// A member of a run record. "id" becomes the name of a folder, so it must be a plain name.
std::string text_member(const json::value& record, const char* key, const fs::path& path) {
  const json::object* object = record.if_object();
  const json::value* value = object != nullptr ? object->if_contains(key) : nullptr;
  if (value == nullptr || !value->is_string()) {
    throw Error(ErrorCode::kCorrupt, path.string() + ": expected a text \"" + key + "\" in the run record");
  }
  const std::string text(value->get_string());
  const bool plain = !text.empty() && text[0] != '.' && text.find('/') == std::string::npos;
  if (std::string_view(key) == "id" && !plain) {
    throw Error(ErrorCode::kCorrupt, path.string() + ": expected a plain name as \"id\", found " + text);
  }
  return text;
}

// The runs' index: what the overview needs to choose from, newest first. A folder without a run record is no run.
json::array copy_runs(const fs::path& runs, const fs::path& out) {
  std::vector<std::pair<std::string, json::value>> found;
  if (fs::is_directory(runs)) {
    for (const auto& entry : fs::directory_iterator(runs)) {
      const fs::path record_path = entry.path() / "run.json";
      if (!fs::is_regular_file(record_path)) continue;
      const MappedFile file(record_path);
      const json::value record = parse_json(as_text(file.bytes()), record_path.string());
      const auto text = [&](const char* key) { return text_member(record, key, record_path); };
      found.emplace_back(text("created"),
                         json::object{{"id", text("id")}, {"kind", text("kind")}, {"created", text("created")}});
      copy_folder(entry.path(), out / text("id"));
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  json::array list;
  for (auto& [created, run] : found) list.push_back(std::move(run));
  return list;
}

}  // namespace

void write_site(const fs::path& out, const fs::path& runs, SiteHost host) {
  copy_folder(web_folder() / "site", out);
  try {
    const fs::path wasm = wasm_folder();
    fs::create_directories(out / "wasm");
    for (const char* name : {"chunkmark-core.mjs", "chunkmark-core.wasm"}) {
      fs::copy_file(wasm / name, out / "wasm" / name, fs::copy_options::overwrite_existing);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "chunkmark: the site has no WebAssembly: %s\n", error.what());
  }
  write_file(out / "runs" / "index.json", pretty_json(json::object{{"runs", copy_runs(runs, out / "runs")}}));
  const fs::path status = out / "api/v1/status";
  fs::remove(status);
  if (host == SiteHost::kServer) return;
  write_file(status, pretty_json(json::object{{"engine", "static"}, {"api", 1}, {"version", CHUNKMARK_VERSION}}));
}

}  // namespace chunkmark::cli
