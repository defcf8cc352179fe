// Answers: a page for each case that runs of the copy study have measured (library, operation, codec, format and
// store): what a link to it shows, and which runs have it. The pages are whole without JavaScript, so that links to
// them have a title and a picture wherever they are pasted. Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace chunkmark::cli {

class Answers {
 public:
  // Of a run record. A result that says too little to be a case is left out.
  void add(const json::object& run);

  // What a run has of them; a page that then has nothing is not written any more.
  void remove(const std::string& run);

  // Writes answers/index.json and answers/PAGE.html below `site`. `base`: the address that the site will have, for
  // pictures of links, which must be absolute; empty: they are relative. Errors: kNotFound without the bundled page;
  // kIo.
  void write(const std::filesystem::path& site, const std::string& base) const;

 private:
  // A case in one run. The best is shown first: of an array that is not small, in one chunk, newest.
  struct Cell {
    bool is_small = false, is_chunked = false;
    std::string created, run;
    std::size_t index = 0;
    std::string title, description, picture, format, store;

    bool is_before(const Cell& other) const;
  };
  using Case = std::pair<const std::string, std::vector<Cell>>;

  std::vector<const Case*> in_order() const;

  std::map<std::string, std::vector<Cell>> cells_;  // by the page's name
};

}  // namespace chunkmark::cli
