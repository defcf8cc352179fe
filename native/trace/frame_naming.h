// FrameNaming: looks up the names of a capture's native frames, modules in parallel on threads of its own.
//
// Whoever owns it takes what is found as it is found. It can be given up at any moment: a thread that is deep inside a
// file's debug information is then left to itself, with all that it works on. Not thread-safe, but for its own threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "instrument/capture/stack_tree.h"

namespace chunkmark::trace {

// The frames of one module's file: (offset, number of the frame).
struct ModuleFrames {
  std::string path;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> frames;
};

class FrameNaming {
 public:
  using Named = std::vector<std::pair<std::uint32_t, std::vector<capture::Symbol>>>;

  explicit FrameNaming(std::vector<ModuleFrames> modules);
  // Gives up what is not done.
  ~FrameNaming();
  FrameNaming(const FrameNaming&) = delete;
  FrameNaming& operator=(const FrameNaming&) = delete;

  // What was found since the last time, those without a name left out; waits for all, but no longer than `wait`.
  Named take(std::chrono::milliseconds wait);
  // Whether the last take() got the last of them.
  bool ended() const;
  // How many frames were looked up so far, and of how many. Fewer at the end, if a module's file could not be read.
  std::size_t done() const;
  std::size_t total() const;

 private:
  struct Work;
  static void run(const std::shared_ptr<Work>& work);
  static void name_module(Work& work, const ModuleFrames& module);

  std::shared_ptr<Work> work_;
  std::vector<std::thread> threads_;
  bool ended_ = false;
};

}  // namespace chunkmark::trace
