#include "native/trace/symbolizer.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>

#include <cstdlib>
#include <filesystem>

#include "native/trace/demangle.h"

namespace chunkmark::trace {
namespace {

// Looks for separate debug files where distributions put them; never asks the network (debuginfod).
const Dwfl_Callbacks kCallbacks = {
    .find_elf = nullptr,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

// The linkage name tells namespaces and types; the plain name is what C has.
std::string function_name(Dwarf_Die* function) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(function, name, &attribute) == nullptr) continue;
    if (const char* mangled = dwarf_formstring(&attribute); mangled != nullptr) return demangle(mangled);
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

Symbolizer::Symbolizer(const std::string& module_path) {
  // elfutils would otherwise ask a server for every module without debug information.
  static const bool asks_nobody = unsetenv("DEBUGINFOD_URLS") == 0;
  static_cast<void>(asks_nobody);
  std::error_code failed;
  if (!std::filesystem::is_regular_file(module_path, failed)) return;  // to open a pipe may take for ever
  session_.reset(dwfl_begin(&kCallbacks));
  if (session_ == nullptr) return;
  dwfl_report_begin(session_.get());
  // Base 0 with the file's own addresses added: an address is then the offset that the tracer recorded.
  module_ = dwfl_report_elf(session_.get(), module_path.c_str(), module_path.c_str(), -1, 0, true);
  dwfl_report_end(session_.get(), nullptr, nullptr);
  if (module_ == nullptr) return;
  dwarf_ = dwfl_module_getdwarf(module_, &dwarf_bias_);
  if (const std::string key = cache_key(); !key.empty()) cache_ = std::make_unique<SymbolCache>(key);
}

// The name of a module's cache: its build-id, and whether there is debug information, which may be installed later.
std::string Symbolizer::cache_key() const {
  const unsigned char* id = nullptr;
  GElf_Addr address = 0;
  const int length = dwfl_module_build_id(module_, &id, &address);
  std::string key;
  for (int i = 0; i < length; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    key += kDigits[id[i] >> 4];
    key += kDigits[id[i] & 15];
  }
  return key.empty() ? key : key + (dwarf_ != nullptr ? "-lines" : "-names");
}

// By the units' own ranges: not every compiler writes the table of all units' ranges (.debug_aranges).
void Symbolizer::read_units() {
  units_read_ = true;
  Dwarf_Off next = 0;
  std::size_t header_bytes = 0;
  for (Dwarf_Off at = 0; dwarf_nextcu(dwarf_, at, &next, &header_bytes, nullptr, nullptr, nullptr) == 0; at = next) {
    Dwarf_Die unit;
    if (dwarf_offdie(dwarf_, at + header_bytes, &unit) == nullptr) continue;
    Dwarf_Addr base = 0, begin = 0, end = 0;
    for (std::ptrdiff_t range = 0; (range = dwarf_ranges(&unit, range, &base, &begin, &end)) > 0;) {
      units_.add(begin, end, at + header_bytes);
    }
  }
  units_.seal();
}

// From debug information: the innermost function outwards, each at the place where it was.
std::vector<capture::Symbol> Symbolizer::symbols_from_dwarf(Dwarf_Addr address) {
  std::vector<capture::Symbol> symbols;
  if (dwarf_ == nullptr) return symbols;
  if (!units_read_) read_units();
  address -= dwarf_bias_;
  const Dwarf_Off* place = units_.find(address);
  Dwarf_Die unit;
  if (place == nullptr || dwarf_offdie(dwarf_, *place, &unit) == nullptr) return symbols;
  capture::Symbol at;
  if (Dwarf_Line* line = dwarf_getsrc_die(&unit, address); line != nullptr) {
    int number = 0;
    dwarf_lineno(line, &number);
    const char* file = dwarf_linesrc(line, nullptr, nullptr);
    at.file = file != nullptr ? file : "";
    at.line = static_cast<std::uint32_t>(number);
  }
  const UnitFunctions& functions = functions_.try_emplace(*place, &unit).first->second;
  for (Dwarf_Die& function : functions.at(address)) {
    at.function = function_name(&function);
    symbols.push_back(at);
    at.file = call_file(&unit, &function);
    at.line = call_line(&function);
  }
  return symbols;
}

std::vector<capture::Symbol> Symbolizer::symbol_from_table(GElf_Addr address) {
  if (!symbols_) symbols_.emplace(module_);
  const char* name = symbols_->at(address);
  if (name == nullptr) return {};
  return {{demangle(name), "", 0}};
}

std::vector<capture::Symbol> Symbolizer::resolve(std::uint64_t offset) {
  if (module_ == nullptr) return {};
  if (cache_ != nullptr) {
    if (const std::vector<capture::Symbol>* known = cache_->find(offset)) return *known;
  }
  std::vector<capture::Symbol> symbols = symbols_from_dwarf(offset);
  if (symbols.empty()) symbols = symbol_from_table(offset);
  if (cache_ != nullptr) cache_->add(offset, symbols);
  return symbols;
}

void Symbolizer::save() {
  if (cache_ != nullptr) cache_->save();
}

}  // namespace chunkmark::trace
