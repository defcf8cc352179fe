// SymbolCache: the symbols of one module that were looked up before, kept in a file named after the module's build-id.
//
// Reading debug information takes seconds, a build-id never means another file. A cache that is missing, damaged or
// cannot be written is as good as an empty one: nothing fails. The folder is bounded: what was not used for longest
// goes first. Not thread-safe; several processes may write the same file, the last wins.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "instrument/capture/stack_tree.h"

namespace chunkmark::trace {

// Where the caches lie: chunkmark/symbols in the user's cache folder.
std::filesystem::path symbol_cache_folder();

// Removes the files of a folder that were written or used longest ago, until the rest has at most so many bytes.
void remove_oldest(const std::filesystem::path& folder, std::uint64_t most_bytes);

class SymbolCache {
 public:
  // key: the build-id and what it was read with (symbols may be had without lines, and with them later).
  explicit SymbolCache(const std::string& key);
  // Saves.
  ~SymbolCache();
  SymbolCache(const SymbolCache&) = delete;
  SymbolCache& operator=(const SymbolCache&) = delete;

  const std::vector<capture::Symbol>* find(std::uint64_t offset) const;
  void add(std::uint64_t offset, const std::vector<capture::Symbol>& symbols);
  // Writes the file if something is new since the last time.
  void save() noexcept;

 private:
  void load();
  void write() const;

  std::filesystem::path path_;
  std::map<std::uint64_t, std::vector<capture::Symbol>> symbols_;
  bool changed_ = false;
};

}  // namespace chunkmark::trace
