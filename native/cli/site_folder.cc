#include "native/cli/site_folder.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/json_members.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "record/run_record.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

// What the overview chooses a run by. "array_bytes" is the smallest of its results; null: it has none, or is of the
// transaction study.
json::object index_entry(const fs::path& path) {
  const os::MappedFile file(path);
  const std::string name = path.string();
  const json::object run = record::read_run(as_text(file.bytes()), name);
  const std::string id = text_member(run, "id", name);
  if (id[0] == '.' || id.find('/') != std::string::npos) {  // becomes the name of a folder
    refuse_corrupt(name, "a plain name as \"id\"", excerpt(json::value(id)));
  }
  std::optional<std::uint64_t> least;
  for (const json::value& row : run.at("results").as_array()) {
    const json::value* bytes = row.as_object().if_contains("array_bytes");
    if (bytes == nullptr) continue;
    const auto found = bytes->to_number<std::uint64_t>();
    least = std::min(found, least.value_or(found));
  }
  return {{"id", id},
          {"kind", record::kind_of(run)},
          {"created", text_member(run, "created", name)},
          {"array_bytes", least ? json::value(*least) : json::value(nullptr)}};
}

// The runs' index, newest first. A folder without a run record is no run; one that cannot be read is named and left
// out.
json::array copy_runs(const fs::path& runs, const fs::path& out) {
  std::vector<json::object> found;
  std::size_t refused = 0;
  if (fs::is_directory(runs)) {
    for (const auto& folder : fs::directory_iterator(runs)) {
      const fs::path record = folder.path() / "run.json";
      if (!fs::is_regular_file(record)) continue;
      try {
        found.push_back(index_entry(record));
      } catch (const Error& error) {
        std::fprintf(stderr, "chunkmark: left out: %s\n", error.what());
        ++refused;
        continue;
      }
      copy_folder(folder.path(), out / std::string(found.back().at("id").get_string()));
    }
  }
  if (found.empty() && refused > 0) {
    refuse_corrupt(runs.string(), "a run that can be read", std::to_string(refused) + " that cannot");
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.at("created").get_string() > b.at("created").get_string(); });
  json::array list;
  for (json::object& run : found) list.push_back(std::move(run));
  return list;
}

}  // namespace

void write_site(const fs::path& out, const fs::path& runs, SiteHost host) {
  copy_folder(os::web_folder() / "site", out);
  try {
    const fs::path wasm = os::wasm_folder();
    fs::create_directories(out / "wasm");
    for (const char* name :
         {"chunkmark-core.mjs", "chunkmark-core.wasm", "chunkmark-storage.mjs", "chunkmark-storage.wasm"}) {
      fs::copy_file(wasm / name, out / "wasm" / name, fs::copy_options::overwrite_existing);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "chunkmark: the site has no WebAssembly: %s\n", error.what());
  }
  os::write_file(out / "runs" / "index.json", pretty_json(json::object{{"runs", copy_runs(runs, out / "runs")}}));
  const fs::path status = out / "api/v1/status";
  fs::remove(status);
  if (host == SiteHost::kServer) return;
  os::write_file(status, pretty_json(json::object{{"engine", "static"}, {"api", 1}, {"version", CHUNKMARK_VERSION}}));
}

}  // namespace chunkmark::cli
