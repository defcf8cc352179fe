// RunCatalogue: the runs that a server shows, kept up with a folder or bucket that runs appear in and leave.
//
// What is asked often (the index, a page of a search) comes from memory: a record is read once, when its run appears.
// Listeners hear of "run" (its entry in the index) and "gone" ({"id"}). The site's pages of answers follow.
// Thread-safe; borrows the runs.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "native/cli/answers.h"
#include "native/cli/runs.h"
#include "native/server/event_log.h"

namespace chunkmark::cli {

class RunCatalogue {
 public:
  // Reads what is there, and writes the answers into the site. Errors: those of the store.
  RunCatalogue(const Runs& runs, std::filesystem::path site);

  // Looks again; true if runs have appeared or gone. For one thread at a time. Errors: those of the store.
  bool refresh();

  // The index of all runs, as the pages read it; and a tag that is another one whenever it is.
  struct Index {
    std::shared_ptr<const std::string> text;
    std::string etag;
  };
  Index index() const;

  // The document: {"runs", "total", "page", "pages"}: of the runs in which every word of the query is found (in the id,
  // the kind, the day, engines or stores), the newest first, those of one page, of `size` runs. The first page is 1.
  struct Page {
    json::object document;
    std::string etag;  // the index's
  };
  Page search(const std::string& query, std::size_t page, std::size_t size) const;

  std::optional<std::string> folder_of(const std::string& id) const;
  std::size_t size() const;

  const std::shared_ptr<server::EventLog>& events() const { return events_; }

 private:
  struct Known {
    Runs::Run run;
    std::string words;  // what a search looks at
  };
  // What is told at one time; replaced as a whole, so that nobody waits while the next one is made.
  struct Snapshot {
    std::vector<std::shared_ptr<const Known>> newest_first;
    std::map<std::string, std::string, std::less<>> folders;  // by id
    Index index;
  };
  void add(Snapshot& next, Runs::Run run);
  void take_away(Snapshot& next, const std::set<std::string>& folders);
  void show(Snapshot next);
  void tell_difference(const Snapshot& before, const Snapshot& after);
  std::shared_ptr<const Snapshot> now() const;

  const Runs& runs_;
  const std::filesystem::path site_;
  const std::shared_ptr<server::EventLog> events_ = std::make_shared<server::EventLog>();

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> now_ = std::make_shared<const Snapshot>();

  // Of the thread that looks again.
  Answers answers_;
  std::set<std::string> seen_;  // folders that need not be read again
  std::uint64_t version_ = 0;
};

}  // namespace chunkmark::cli
