#include "native/cli/run_catalogue.h"

#include <algorithm>
#include <chrono>
#include <sstream>

#include "record/run_record.h"

namespace chunkmark::cli {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string words_of(const json::object& entry) {
  std::string words;
  for (const char* key : {"id", "kind", "created", "engines", "stores"}) words += json::serialize(entry.at(key)) + ' ';
  return lower(words);
}

std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(lower(text));
  return {std::istream_iterator<std::string>(stream), {}};
}

// Of this process: a tag from before it is none of ours.
const std::string& process_tag() {
  static const std::string tag = std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  return tag;
}

}  // namespace

RunCatalogue::RunCatalogue(const Runs& runs, std::filesystem::path site) : runs_(runs), site_(std::move(site)) {
  if (!refresh()) {
    sort();
    write_answers();
  }
}

bool RunCatalogue::refresh() {
  const std::vector<std::string> folders = runs_.folders();
  std::vector<std::string> unseen;
  for (const std::string& folder : folders) {
    if (!seen_.contains(folder)) unseen.push_back(folder);
  }
  std::set<std::string> gone = seen_;
  for (const std::string& folder : folders) gone.erase(folder);
  auto [found, refused] = runs_.read(unseen, [this](const json::object& record) {
    if (record::kind_of(record) != record::kVersionsKind) answers_.add(record);
  });
  seen_.insert(refused.begin(), refused.end());
  if (found.empty() && gone.empty()) return false;
  {
    const std::lock_guard lock(mutex_);
    for (Runs::Run& run : found) add(std::move(run));
    take_away(gone);
    sort();
  }
  write_answers();
  return true;
}

void RunCatalogue::add(Runs::Run run) {
  seen_.insert(run.folder);
  if (!folders_.emplace(run.id, run.folder).second) {
    std::fprintf(stderr, "chunkmark: left out: %s: another run has the id %s\n", run.folder.c_str(), run.id.c_str());
    return;
  }
  if (version_ > 0) events_->add("run", json::serialize(run.entry));
  std::string words = words_of(run.entry);
  newest_first_.push_back({std::move(run), std::move(words)});
}

void RunCatalogue::take_away(const std::set<std::string>& folders) {
  if (folders.empty()) return;
  const auto is_gone = [&](const Known& known) { return folders.contains(known.run.folder); };
  for (const Known& known : newest_first_) {
    if (!is_gone(known)) continue;
    folders_.erase(known.run.id);
    answers_.remove(known.run.id);
    events_->add("gone", json::serialize(json::object{{"id", known.run.id}}));
  }
  std::erase_if(newest_first_, is_gone);
  for (const std::string& folder : folders) seen_.erase(folder);
}

void RunCatalogue::sort() {
  std::stable_sort(newest_first_.begin(), newest_first_.end(), [](const Known& a, const Known& b) {
    return a.run.entry.at("created").get_string() > b.run.entry.at("created").get_string();
  });
  json::array list;
  for (const Known& known : newest_first_) list.emplace_back(known.run.entry);
  index_.text = std::make_shared<const std::string>(json::serialize(json::object{{"runs", std::move(list)}}));
  index_.etag = "\"" + process_tag() + "-" + std::to_string(++version_) + "\"";
}

void RunCatalogue::write_answers() {
  answers_.write(site_, "");
}

RunCatalogue::Index RunCatalogue::index() const {
  const std::lock_guard lock(mutex_);
  return index_;
}

json::object RunCatalogue::search(const std::string& query, std::size_t page, std::size_t size) const {
  const std::vector<std::string> words = split(query);
  const std::size_t first = (page - 1) * size;
  std::size_t total = 0;
  json::array list;
  const std::lock_guard lock(mutex_);
  for (const Known& known : newest_first_) {
    const auto is_in = [&](const std::string& word) { return known.words.find(word) != std::string::npos; };
    if (!std::all_of(words.begin(), words.end(), is_in)) continue;
    if (total >= first && total - first < size) list.emplace_back(known.run.entry);
    ++total;
  }
  return {{"runs", std::move(list)}, {"total", total}, {"page", page}, {"pages", (total + size - 1) / size}};
}

std::optional<std::string> RunCatalogue::folder_of(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = folders_.find(id);
  return found == folders_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t RunCatalogue::size() const {
  const std::lock_guard lock(mutex_);
  return newest_first_.size();
}

}  // namespace chunkmark::cli
