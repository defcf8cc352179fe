// Symbolizer: addresses within a module's file to functions, files and lines, inlined functions included.
//
// Reads debug information where there is some (in the file or under /usr/lib/debug, by build-id), the symbol table
// otherwise. Keeps the modules it has opened, and
// what it found in a cache by build-id. Not thread-safe. Source: elfutils' libdw.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "instrument/capture/stack_tree.h"
#include "native/trace/symbol_cache.h"
#include "native/trace/unit_functions.h"

struct Dwfl;
struct Dwfl_Module;

namespace chunkmark::trace {

class Symbolizer {
 public:
  Symbolizer();
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // The functions at `offset` of the module's file, innermost inlined first; empty if the file tells nothing.
  std::vector<capture::Symbol> resolve(const std::string& module_path, std::uint64_t offset);

 private:
  struct Module {
    Dwfl* dwfl = nullptr;
    Dwfl_Module* handle = nullptr;
    std::unique_ptr<SymbolCache> cache;        // none for a module without a build-id
    std::map<Dwarf_Off, UnitFunctions> units;  // by place of the unit in the debug information
  };
  static std::string cache_key(Dwfl_Module* module);
  Module& open(const std::string& path);
  std::vector<capture::Symbol> symbols_from_dwarf(Module& module, Dwarf_Addr address);

  std::map<std::string, Module> modules_;
};

}  // namespace chunkmark::trace
