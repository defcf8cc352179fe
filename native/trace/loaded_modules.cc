#include "native/trace/loaded_modules.h"

#include <elf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>

#include "native/trace/frame_naming.h"

namespace chunkmark::trace {
namespace {

constexpr auto kMostTime = std::chrono::minutes(1);

// (address, memory) of what of an ELF file is loaded, sorted; empty if it is none.
std::vector<std::pair<std::uint64_t, std::uint64_t>> loaded_segments(const std::string& path) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> segments;
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr head{};
  if (!file.read(reinterpret_cast<char*>(&head), sizeof head)) return segments;
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
      head.e_phentsize != sizeof(Elf64_Phdr)) {
    return segments;
  }
  file.seekg(static_cast<std::streamoff>(head.e_phoff));
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!file.read(reinterpret_cast<char*>(&segment), sizeof segment)) return {};
    if (segment.p_type == PT_LOAD) segments.emplace_back(segment.p_vaddr, segment.p_memsz);
  }
  std::sort(segments.begin(), segments.end());
  return segments;
}

bool is_what_was_loaded(const std::string& path, const capture::LoadedModule& module, std::int64_t loaded_ms) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  if (facts.st_ctim.tv_sec * 1000 > loaded_ms) return false;
  auto segments = module.segments;
  std::sort(segments.begin(), segments.end());
  return !segments.empty() && segments == loaded_segments(path);
}

std::vector<ModuleFrames> nameable_frames(const capture::StackTree& stacks,
                                          std::span<const capture::LoadedModule> modules, std::int64_t loaded_ms) {
  std::map<std::uint32_t, ModuleFrames> found;
  for (const capture::LoadedModule& module : modules) {
    const std::string& path = stacks.modules.at(module.module);
    if (is_what_was_loaded(path, module, loaded_ms)) found[module.module].path = path;
  }
  for (std::uint32_t i = 0; i < stacks.frames.size(); ++i) {
    const capture::Frame& frame = stacks.frames[i];
    if (frame.kind != capture::FrameKind::kNative || !frame.symbols.empty() || frame.offset == 0) continue;
    const auto at = found.find(frame.module);
    if (at != found.end()) at->second.frames.emplace_back(frame.offset - 1, i);  // the call, before its return address
  }
  std::vector<ModuleFrames> list;
  for (auto& [module, frames] : found) {
    if (!frames.frames.empty()) list.push_back(std::move(frames));
  }
  return list;
}

}  // namespace

void name_loaded_frames(capture::StackTree& stacks, std::span<const capture::LoadedModule> modules,
                        std::int64_t loaded_ms) {
  FrameNaming naming(nameable_frames(stacks, modules, loaded_ms));
  FrameNaming::Named named = naming.take(kMostTime);
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::map<std::string, std::uint32_t> known;
  const auto text = [&](const std::string& name) {
    if (name.empty()) return std::uint32_t{0};
    const auto [at, fresh] = known.try_emplace(name, static_cast<std::uint32_t>(stacks.strings.size()));
    if (fresh) stacks.strings.push_back(name);
    return at->second;
  };
  for (const auto& [frame, symbols] : named) {
    for (const capture::Symbol& symbol : symbols) {
      stacks.frames[frame].symbols.push_back({text(symbol.function), text(symbol.file), symbol.line});
    }
  }
}

}  // namespace chunkmark::trace
