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
  if (!refresh()) show({});
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
  const std::shared_ptr<const Snapshot> before = now();
  Snapshot next = *before;
  for (Runs::Run& run : found) add(next, std::move(run));
  take_away(next, gone);
  show(std::move(next));
  const std::shared_ptr<const Snapshot> after = now();
  tell_difference(*before, *after);
  return true;
}

void RunCatalogue::add(Snapshot& next, Runs::Run run) {
  seen_.insert(run.folder);
  if (!next.folders.emplace(run.id, run.folder).second) {
    std::fprintf(stderr, "chunkmark: left out: %s: another run has the id %s\n", run.folder.c_str(), run.id.c_str());
    return;
  }
  std::string words = words_of(run.entry);
  next.newest_first.push_back(std::make_shared<const Known>(Known{std::move(run), std::move(words)}));
}

void RunCatalogue::take_away(Snapshot& next, const std::set<std::string>& folders) {
  if (folders.empty()) return;
  std::erase_if(next.newest_first, [&](const std::shared_ptr<const Known>& known) {
    if (!folders.contains(known->run.folder)) return false;
    next.folders.erase(known->run.id);
    answers_.remove(known->run.id);
    return true;
  });
  for (const std::string& folder : folders) seen_.erase(folder);
}

void RunCatalogue::show(Snapshot next) {
  std::stable_sort(next.newest_first.begin(), next.newest_first.end(), [](const auto& a, const auto& b) {
    return a->run.entry.at("created").get_string() > b->run.entry.at("created").get_string();
  });
  json::array list;
  for (const auto& known : next.newest_first) list.emplace_back(known->run.entry);
  next.index.text = std::make_shared<const std::string>(json::serialize(json::object{{"runs", std::move(list)}}));
  next.index.etag = "\"" + process_tag() + "-" + std::to_string(++version_) + "\"";
  answers_.write(site_, "");
  const std::lock_guard lock(mutex_);
  now_ = std::make_shared<const Snapshot>(std::move(next));
}

// To listeners, who find what they hear of when they ask.
void RunCatalogue::tell_difference(const Snapshot& before, const Snapshot& after) {
  if (version_ == 1) return;  // nobody listens yet
  for (const auto& known : after.newest_first) {
    if (!before.folders.contains(known->run.id)) events_->add("run", json::serialize(known->run.entry));
  }
  for (const auto& known : before.newest_first) {
    if (after.folders.contains(known->run.id)) continue;
    events_->add("gone", json::serialize(json::object{{"id", known->run.id}}));
  }
}

std::shared_ptr<const RunCatalogue::Snapshot> RunCatalogue::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

RunCatalogue::Index RunCatalogue::index() const {
  return now()->index;
}

RunCatalogue::Page RunCatalogue::search(const std::string& query, std::size_t page, std::size_t size) const {
  const std::vector<std::string> words = split(query);
  const std::size_t first = (page - 1) * size;
  std::size_t total = 0;
  json::array list;
  const std::shared_ptr<const Snapshot> told = now();
  for (const auto& known : told->newest_first) {
    const auto is_in = [&](const std::string& word) { return known->words.find(word) != std::string::npos; };
    if (!std::all_of(words.begin(), words.end(), is_in)) continue;
    if (total >= first && total - first < size) list.emplace_back(known->run.entry);
    ++total;
  }
  const std::size_t pages = (total + size - 1) / size;
  return {{{"runs", std::move(list)}, {"total", total}, {"page", page}, {"pages", pages}}, told->index.etag};
}

std::optional<std::string> RunCatalogue::folder_of(const std::string& id) const {
  const std::shared_ptr<const Snapshot> told = now();
  const auto found = told->folders.find(id);
  return found == told->folders.end() ? std::nullopt : std::optional(found->second);
}

std::size_t RunCatalogue::size() const {
  return now()->newest_first.size();
}

}  // namespace chunkmark::cli
