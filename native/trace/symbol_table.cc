#include "native/trace/symbol_table.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace chunkmark::trace {
namespace {

struct Function {
  GElf_Addr begin, end;  // equal for a label without a size, as hand-written assembly has them
  GElf_Addr section_end;
  const char* name;
  int rank;  // the lowest is the best of those at one address
};

int rank_of(const GElf_Sym& symbol, const char* name) {
  int underscores = 0;
  while (name[underscores] == '_' && underscores < 15) ++underscores;
  const int binding = GELF_ST_BIND(symbol.st_info);
  const int hidden = binding == STB_GLOBAL ? 0 : binding == STB_LOCAL ? 2 : 1;
  return (symbol.st_size == 0 ? 256 : 0) + hidden * 16 + underscores;
}

// Where the executable sections of a file end, by number; 0 for the others.
class ExecutableSections {
 public:
  GElf_Addr end(Elf* elf, GElf_Word section) {
    if (elf != elf_) {
      elf_ = elf;
      ends_.clear();
      ends_.push_back(0);
      for (Elf_Scn* at = nullptr; (at = elf_nextscn(elf, at)) != nullptr;) {
        GElf_Shdr header;
        const bool executable = gelf_getshdr(at, &header) != nullptr && (header.sh_flags & SHF_EXECINSTR) != 0;
        ends_.push_back(executable ? header.sh_addr + header.sh_size : 0);
      }
    }
    return section < ends_.size() ? ends_[section] : 0;
  }

 private:
  Elf* elf_ = nullptr;
  std::vector<GElf_Addr> ends_;
};

std::vector<Function> read_functions(Dwfl_Module* module) {
  std::vector<Function> functions;
  ExecutableSections sections;
  const int count = dwfl_module_getsymtab(module);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol;
    GElf_Addr address = 0;
    GElf_Word section = 0;
    Elf* elf = nullptr;
    Dwarf_Addr bias = 0;
    const char* name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, &elf, &bias);
    if (name == nullptr || *name == '\0' || elf == nullptr) continue;
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE) continue;
    const GElf_Addr section_end = sections.end(elf, section);
    if (section_end == 0) continue;
    functions.push_back({address, address + symbol.st_size, section_end + bias, name, rank_of(symbol, name)});
  }
  return functions;
}

}  // namespace

SymbolTable::SymbolTable(Dwfl_Module* module) {
  std::vector<Function> functions = read_functions(module);
  std::stable_sort(functions.begin(), functions.end(), [](const Function& a, const Function& b) {
    return std::tie(a.begin, a.rank) < std::tie(b.begin, b.rank);
  });
  const auto same_begin = [](const Function& a, const Function& b) { return a.begin == b.begin; };
  functions.erase(std::unique(functions.begin(), functions.end(), same_begin), functions.end());
  for (std::size_t i = 0; i < functions.size(); ++i) {
    GElf_Addr end = functions[i].end;
    if (end == functions[i].begin) {  // a label reaches to what follows it
      end = functions[i].section_end;
      if (i + 1 < functions.size()) end = std::min(end, functions[i + 1].begin);
    }
    functions_.add(functions[i].begin, end, functions[i].name);
  }
  functions_.seal();
}

}  // namespace chunkmark::trace
