// FrameTable: the modules, frames and stack nodes of a capture, each written to it once.
// Borrows the writer. Not thread-safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "instrument/capture/capture_writer.h"
#include "native/trace/frame_naming.h"

namespace chunkmark::trace {

class FrameTable {
 public:
  explicit FrameTable(capture::CaptureWriter& writer) : writer_(writer) {}

  std::uint32_t module(const std::string& path) {
    const auto [at, fresh] = modules_.try_emplace(path, 0);
    if (fresh) {
      at->second = writer_.add_module(path);
      paths_.push_back(path);
    }
    return at->second;
  }

  std::uint32_t native_frame(std::uint32_t module, std::uint64_t offset) {
    const auto [at, fresh] = native_.try_emplace({module, offset}, 0);
    if (fresh) at->second = writer_.add_native_frame(module, offset);
    return at->second;
  }

  std::uint32_t python_frame(const capture::Symbol& symbol) {
    const auto [at, fresh] = python_.try_emplace({symbol.function, symbol.file, symbol.line}, 0);
    if (fresh) at->second = writer_.add_python_frame(symbol);
    return at->second;
  }

  std::uint32_t node(std::uint32_t parent, std::uint32_t frame) {
    const auto [at, fresh] = nodes_.try_emplace((std::uint64_t{parent} << 32) | frame, 0);
    if (fresh) at->second = writer_.add_node(parent, frame);
    return at->second;
  }

  // A module that maps memory itself, not through another's function.
  void note_mapper(std::uint32_t module) { mappers_.insert(module); }
  const std::set<std::uint32_t>& mappers() const { return mappers_; }

  // Path of module number i + 1.
  const std::vector<std::string>& module_paths() const { return paths_; }
  // The native frames whose module is known, for their names to be looked up.
  std::vector<ModuleFrames> frames_by_module() const {
    std::vector<ModuleFrames> modules;
    std::uint32_t last = 0;
    for (const auto& [place, frame] : native_) {
      const auto [module, offset] = place;
      if (module == 0) continue;
      if (module != last) modules.push_back({paths_[module - 1], {}});
      last = module;
      modules.back().frames.emplace_back(offset, frame);
    }
    return modules;
  }

 private:
  capture::CaptureWriter& writer_;
  std::map<std::string, std::uint32_t> modules_;
  std::vector<std::string> paths_;                                           // of module number i + 1
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> native_;  // (module, offset)
  std::map<std::tuple<std::string, std::string, std::uint32_t>, std::uint32_t> python_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> nodes_;
  std::set<std::uint32_t> mappers_;
};

}  // namespace chunkmark::trace
