#include "native/cli/site_folder.h"

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "native/cli/answers.h"
#include "native/cli/report_file.h"
#include "native/cli/store_copy.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "native/store/local_store.h"
#include "record/run_record.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModules[] = {"chunkmark-core", "chunkmark-zarr", "chunkmark-hdf5", "chunkmark-study",
                                    "chunkmark-traced"};

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

// The runs' files, reports that they lack, and their index.
json::array copy_runs(const std::vector<Runs::Run>& runs, store::Store& from, const fs::path& out) {
  store::LocalStore to(out, bytes::Durability::kNone);
  json::array list;
  for (const Runs::Run& run : runs) {
    for (const std::string& key : keys_below(from, run.folder)) {
      copy_object(from, store::join_key(run.folder, key), *to.create(store::join_key(run.id, key), std::nullopt));
    }
    write_missing_reports(out / run.id);
    list.emplace_back(run.entry);
  }
  return list;
}

}  // namespace

void write_pages(const fs::path& out) {
  copy_folder(os::web_folder() / "site", out);
  try {
    const fs::path wasm = os::wasm_folder();
    for (const char* module : kModules) {
      for (const char* end : {".mjs", ".wasm"}) {
        const std::string name = std::string(module) + end;
        fs::copy_file(wasm / name, out / "chunkmark" / name, fs::copy_options::overwrite_existing);
      }
    }
  } catch (const std::exception& error) {  // not built, or not wholly
    std::fprintf(stderr, "chunkmark: the site's WebAssembly is not whole: %s\n", error.what());
  }
}

void write_site(const fs::path& out, const Runs& runs, const std::string& base) {
  write_pages(out);
  Answers answers;
  const std::vector<Runs::Run> found = runs.list([&answers](const json::object& record) {
    if (record::kind_of(record) != record::kVersionsKind) answers.add(record);
  });
  json::array index = copy_runs(found, runs.store(), out / "runs");
  os::write_file(out / "runs" / "index.json", pretty_json(json::object{{"runs", std::move(index)}}));
  answers.write(out, base);
  os::write_file(out / "api/v1/status",
                 pretty_json(json::object{{"engine", "static"}, {"api", 1}, {"version", CHUNKMARK_VERSION}}));
}

}  // namespace chunkmark::cli
