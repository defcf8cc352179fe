// Symbolizer: addresses within one module's file to functions, files and lines, inlined functions included.
//
// Reads debug information where there is some (in the file or under /usr/lib/debug, by build-id), the symbol table
// otherwise; both once, into tables, so that a look-up takes logarithmic time. Keeps what it found in a cache by
// build-id. Not thread-safe; symbolizers of different modules may work on different threads. Source: elfutils' libdw.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "instrument/capture/stack_tree.h"
#include "native/trace/symbol_cache.h"
#include "native/trace/symbol_table.h"
#include "native/trace/unit_functions.h"

namespace chunkmark::trace {

class Symbolizer {
 public:
  // A file that is missing or no ELF file is one that tells nothing.
  explicit Symbolizer(const std::string& module_path);

  // The functions at `offset` of the module's file, innermost inlined first; empty if the file tells nothing.
  std::vector<capture::Symbol> resolve(std::uint64_t offset);

  // Writes to the cache what is new since the last time.
  void save();

 private:
  struct EndSession {
    void operator()(Dwfl* session) const { dwfl_end(session); }
  };
  std::string cache_key() const;
  void read_units();
  std::vector<capture::Symbol> symbols_from_dwarf(Dwarf_Addr address);
  std::vector<capture::Symbol> symbol_from_table(GElf_Addr address);

  std::unique_ptr<Dwfl, EndSession> session_;
  Dwfl_Module* module_ = nullptr;       // null: nothing can be read
  std::unique_ptr<SymbolCache> cache_;  // none for a module without a build-id
  std::optional<SymbolTable> symbols_;  // read when the first address needs it, as the units are
  Dwarf* dwarf_ = nullptr;
  Dwarf_Addr dwarf_bias_ = 0;
  bool units_read_ = false;
  RangeTable<Dwarf_Off> units_;                   // places of units in the debug information, by the code they cover
  std::map<Dwarf_Off, UnitFunctions> functions_;  // of the units that were asked for
};

}  // namespace chunkmark::trace
