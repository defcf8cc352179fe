#include "instrument/import/stack_builder.h"

#include <algorithm>
#include <boost/container_hash/hash.hpp>

#include "base/utf8.h"
#include "instrument/capture/capture_format.h"

namespace chunkmark::imports {

std::size_t StackBuilder::FrameHash::operator()(const FrameKey& key) const {
  std::size_t seed = static_cast<std::size_t>(key.kind);
  boost::hash_combine(seed, key.module);
  boost::hash_combine(seed, key.offset);
  boost::hash_combine(seed, key.symbol.function);
  boost::hash_combine(seed, key.symbol.file);
  boost::hash_combine(seed, key.symbol.line);
  return seed;
}

std::uint32_t StackBuilder::text(std::string_view text) {
  const std::string known = utf8_text(text.substr(0, capture::kMaxNameBytes));
  const auto [at, fresh] = texts_.try_emplace(known, static_cast<std::uint32_t>(tree_.strings.size()));
  if (fresh) tree_.strings.push_back(known);
  return at->second;
}

std::uint32_t StackBuilder::module(std::string_view path) {
  const std::string known = utf8_text(path.substr(0, capture::kMaxNameBytes));
  const auto [at, fresh] = modules_.try_emplace(known, static_cast<std::uint32_t>(tree_.modules.size()));
  if (fresh) tree_.modules.push_back(known);
  return at->second;
}

std::uint32_t StackBuilder::frame(const FrameKey& key) {
  const auto [at, fresh] = frames_.try_emplace(key, static_cast<std::uint32_t>(tree_.frames.size()));
  if (fresh) {
    capture::Frame frame{key.kind, key.module, key.offset, {}};
    if (key.symbol != capture::SymbolRef()) frame.symbols.push_back(key.symbol);
    tree_.frames.push_back(std::move(frame));
  }
  return at->second;
}

std::uint32_t StackBuilder::named_frame(capture::FrameKind kind, const capture::SymbolRef& symbol,
                                        std::uint32_t module) {
  return frame({kind, module, 0, symbol});
}

std::uint32_t StackBuilder::address_frame(std::uint32_t module, std::uint64_t offset) {
  return frame({capture::FrameKind::kNative, module, offset, {}});
}

std::uint32_t StackBuilder::node(std::uint32_t parent, std::uint32_t frame) {
  const std::uint64_t key = std::uint64_t{parent} << 32 | frame;
  const auto [at, fresh] = nodes_.try_emplace(key, static_cast<std::uint32_t>(tree_.nodes.size()));
  if (fresh) tree_.nodes.push_back({parent, frame});
  return at->second;
}

capture::FrameKind kind_of_file(std::string_view file) {
  constexpr std::string_view kNative[] = {".c",   ".h",   ".cc", ".cpp", ".cxx", ".hpp", ".hh",  ".rs",
                                          ".pyx", ".pxd", ".S",  ".s",   ".inc", ".f",   ".f90", ".go"};
  const bool native = file == "<unknown>" || file.empty() ||
                      std::any_of(std::begin(kNative), std::end(kNative),
                                  [file](std::string_view ending) { return file.ends_with(ending); });
  return native ? capture::FrameKind::kNative : capture::FrameKind::kPython;
}

}  // namespace chunkmark::imports
