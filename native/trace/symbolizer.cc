#include "native/trace/symbolizer.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>

#include <cstdlib>
#include <memory>

namespace chunkmark::trace {
namespace {

// Looks for separate debug files where distributions put them; never asks the network (debuginfod).
const Dwfl_Callbacks kCallbacks = {
    .find_elf = nullptr,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

// "f(int) const" -> "f": argument lists make names long without telling functions apart, since file and line do.
std::string without_arguments(std::string name) {
  const std::size_t close = name.rfind(')');
  if (close == std::string::npos || name.find_first_not_of(" const&", close + 1) != std::string::npos) return name;
  int depth = 0;
  for (std::size_t at = close + 1; at-- > 0;) {
    if (name[at] == ')') ++depth;
    if (name[at] == '(' && --depth == 0) return at > 0 ? name.substr(0, at) : name;
  }
  return name;
}

std::string demangle(const char* name) {
  if (name == nullptr) return "";
  int failure = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain(abi::__cxa_demangle(name, nullptr, nullptr, &failure),
                                                          std::free);
  return failure == 0 && plain != nullptr ? without_arguments(plain.get()) : name;
}

// The name with its namespaces, as the debug information nests them.
std::string nested_name(Dwarf_Die* function) {
  Dwarf_Die declaration = *function;
  for (const unsigned link : {DW_AT_abstract_origin, DW_AT_specification}) {
    Dwarf_Attribute attribute;
    Dwarf_Die next;
    if (dwarf_attr(&declaration, link, &attribute) != nullptr && dwarf_formref_die(&attribute, &next) != nullptr) {
      declaration = next;
    }
  }
  const char* plain = dwarf_diename(&declaration);
  std::string text = plain != nullptr ? plain : "";
  Dwarf_Die* found = nullptr;
  const int count = dwarf_getscopes_die(&declaration, &found);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> scopes(found, std::free);
  for (int i = 1; i < count; ++i) {
    const int tag = dwarf_tag(&found[i]);
    if (tag != DW_TAG_namespace && tag != DW_TAG_structure_type && tag != DW_TAG_enumeration_type) continue;
    if (const char* scope = dwarf_diename(&found[i]); scope != nullptr) text = std::string(scope) + "::" + text;
  }
  return text;
}

// The linkage name tells namespace and arguments; the plain name is what C has. Rust's linkage names are not for the
// C++ runtime to read.
std::string function_name(Dwarf_Die* function) {
  if (Dwarf_Die unit;
      dwarf_diecu(function, &unit, nullptr, nullptr) != nullptr && dwarf_srclang(&unit) == DW_LANG_Rust) {
    return nested_name(function);
  }
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(function, name, &attribute) != nullptr) return demangle(dwarf_formstring(&attribute));
  }
  const char* plain = dwarf_diename(function);
  return plain != nullptr ? plain : "";
}

std::string call_file(Dwarf_Die* unit, Dwarf_Die* inlined) {
  Dwarf_Attribute attribute;
  Dwarf_Word index = 0;
  Dwarf_Files* files = nullptr;
  if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &index) != 0) return "";
  if (dwarf_getsrcfiles(unit, &files, nullptr) != 0) return "";
  const char* name = dwarf_filesrc(files, index, nullptr, nullptr);
  return name != nullptr ? name : "";
}

std::uint32_t call_line(Dwarf_Die* inlined) {
  Dwarf_Attribute attribute;
  Dwarf_Word line = 0;
  return dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0
             ? static_cast<std::uint32_t>(line)
             : 0;
}

}  // namespace

Symbolizer::Symbolizer() {
  // elfutils would otherwise ask a server for every module without debug information.
  unsetenv("DEBUGINFOD_URLS");
}

Symbolizer::~Symbolizer() {
  for (auto& [path, module] : modules_) dwfl_end(module.dwfl);
}

// The name of a module's cache: its build-id, and whether there is debug information, which may be installed later.
std::string Symbolizer::cache_key(Dwfl_Module* module) {
  Dwarf_Addr bias = 0;
  const bool has_lines = dwfl_module_getdwarf(module, &bias) != nullptr;
  const unsigned char* id = nullptr;
  GElf_Addr address = 0;
  const int length = dwfl_module_build_id(module, &id, &address);
  std::string key;
  for (int i = 0; i < length; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    key += kDigits[id[i] >> 4];
    key += kDigits[id[i] & 15];
  }
  return key.empty() ? key : key + (has_lines ? "-lines" : "-names");
}

Symbolizer::Module& Symbolizer::open(const std::string& path) {
  const auto [at, fresh] = modules_.try_emplace(path);
  Module& module = at->second;
  if (fresh) {
    module.dwfl = dwfl_begin(&kCallbacks);
    if (module.dwfl != nullptr) {
      dwfl_report_begin(module.dwfl);
      // Base 0 with the file's own addresses added: an address is then the offset that the tracer recorded.
      module.handle = dwfl_report_elf(module.dwfl, path.c_str(), path.c_str(), -1, 0, true);
      dwfl_report_end(module.dwfl, nullptr, nullptr);
      if (module.handle != nullptr) {
        if (const std::string key = cache_key(module.handle); !key.empty()) {
          module.cache = std::make_unique<SymbolCache>(key);
        }
      }
    }
  }
  return module;
}

// From debug information: the innermost function outwards, each at the place where it was.
std::vector<capture::Symbol> Symbolizer::symbols_from_dwarf(Module& module, Dwarf_Addr address) {
  std::vector<capture::Symbol> symbols;
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = dwfl_module_addrdie(module.handle, address, &bias);
  if (unit == nullptr) return symbols;
  capture::Symbol at;
  if (Dwarf_Line* line = dwarf_getsrc_die(unit, address - bias); line != nullptr) {
    int number = 0;
    dwarf_lineno(line, &number);
    const char* file = dwarf_linesrc(line, nullptr, nullptr);
    at.file = file != nullptr ? file : "";
    at.line = static_cast<std::uint32_t>(number);
  }
  UnitFunctions& functions = module.units.try_emplace(dwarf_dieoffset(unit), unit).first->second;
  for (Dwarf_Die& function : functions.at(address - bias)) {
    at.function = function_name(&function);
    symbols.push_back(at);
    at.file = call_file(unit, &function);
    at.line = call_line(&function);
  }
  return symbols;
}

std::vector<capture::Symbol> Symbolizer::resolve(const std::string& module_path, std::uint64_t offset) {
  Module& module = open(module_path);
  if (module.handle == nullptr) return {};
  if (module.cache != nullptr) {
    if (const std::vector<capture::Symbol>* known = module.cache->find(offset)) return *known;
  }
  std::vector<capture::Symbol> symbols = symbols_from_dwarf(module, offset);
  if (symbols.empty()) {
    const char* name = dwfl_module_addrname(module.handle, offset);
    if (name != nullptr) symbols.push_back({demangle(name), "", 0});
  }
  if (module.cache != nullptr) module.cache->add(offset, symbols);
  return symbols;
}

}  // namespace chunkmark::trace
