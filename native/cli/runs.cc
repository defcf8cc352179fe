#include "native/cli/runs.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/json_members.h"
#include "native/store/open_store.h"
#include "record/run_record.h"

namespace chunkmark::cli {
namespace {

constexpr std::size_t kMaxRecordBytes = 256 << 20;  // every version's time, of every engine, in a long study

std::string whole_text(const bytes::RandomAccess& object, const std::string& name) {
  if (object.size() > kMaxRecordBytes) {
    refuse_corrupt(name, "at most " + std::to_string(kMaxRecordBytes) + " bytes", std::to_string(object.size()));
  }
  std::string text(static_cast<std::size_t>(object.size()), '\0');
  object.read_at(0, std::as_writable_bytes(std::span(text)));
  return text;
}

// What the results have of a member: each text once.
json::array each_text(const json::array& results, const char* key) {
  json::array found;
  for (const json::value& row : results) {
    const json::value* text = row.as_object().if_contains(key);
    if (text == nullptr || !text->is_string()) continue;
    if (std::find(found.begin(), found.end(), *text) == found.end()) found.push_back(*text);
  }
  return found;
}

// "array_bytes" is the smallest of its results; null: it has none, or is of the transaction study.
Runs::Run run_of(const json::object& run, const std::string& folder, const std::string& name) {
  const std::string id = Runs::checked_id(run, name);
  std::optional<std::uint64_t> least;
  const json::array& results = run.at("results").as_array();
  for (const json::value& row : results) {
    const json::value* bytes = row.as_object().if_contains("array_bytes");
    if (bytes == nullptr) continue;
    const auto found = bytes->to_number<std::uint64_t>();
    least = std::min(found, least.value_or(found));
  }
  return {id,
          folder,
          {{"id", id},
           {"kind", record::kind_of(run)},
           {"created", text_member(run, "created", name)},
           {"array_bytes", least ? json::value(*least) : json::value(nullptr)},
           {"results", results.size()},
           {"engines", each_text(results, "engine")},
           {"stores", each_text(results, "filesystem")}}};
}

}  // namespace

Runs::Runs(const std::string& url)
    : store_(store::open_store(url, bytes::Durability::kNone)), local_folder_(store::folder_of_store(url)) {}

std::string Runs::checked_id(const json::object& run, const std::string& name) {
  const std::string id = text_member(run, "id", name);
  if (id[0] == '.' || id.find('/') != std::string::npos) {
    refuse_corrupt(name, "a plain name as \"id\"", excerpt(json::value(id)));
  }
  return id;
}

std::vector<std::string> Runs::folders() const {
  std::vector<std::string> folders;
  for (const std::string& name : store_->list("")) {
    if (name.ends_with('/')) folders.push_back(name.substr(0, name.size() - 1));
  }
  return folders;
}

Runs::Read Runs::read(const std::vector<std::string>& folders, const Look& look) const {
  const auto key_of = [&](std::uint64_t i) {
    return store::join_key(folders[static_cast<std::size_t>(i)], "run.json");
  };
  const auto openings = store_->open_each(folders.size(), 1, key_of);
  Read read;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const std::string name = store_->location() + "/" + key_of(i);
    try {
      const auto object = openings->open(i);
      if (!object) continue;
      const json::object record = record::read_run(whole_text(*object, name), name);
      read.found.push_back(run_of(record, folders[i], name));
      if (look) look(record);
    } catch (const Error& error) {
      std::fprintf(stderr, "chunkmark: left out: %s\n", error.what());
      read.refused.push_back(folders[i]);
    }
  }
  return read;
}

std::vector<Runs::Run> Runs::list(const Look& look) const {
  auto [found, refused] = read(folders(), look);
  if (found.empty() && !refused.empty()) {
    refuse_corrupt(store_->location(), "a run that can be read", std::to_string(refused.size()) + " that cannot");
  }
  std::sort(found.begin(), found.end(), [](const Run& a, const Run& b) {
    return a.entry.at("created").get_string() > b.entry.at("created").get_string();
  });
  return std::move(found);
}

std::string check_runs_url(const std::string& url) {
  try {
    const auto folder = store::folder_of_store(url);
    return !folder || std::filesystem::is_directory(*folder) ? "" : "expected a runs folder, found no folder " + url;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace chunkmark::cli
