// Stacks: the call stack of this moment, as a node of a capture's tree.
//
// WebAssembly has no unwinder. The engine knows the stack, and tells it as the text of an exception; its lines for this
// module name function and place (the module keeps its name section). JavaScript's frames between them are left out,
// and so are the innermost ones up to the hook. Each line is read once. Borrows the writer. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "instrument/capture/capture_writer.h"

namespace chunkmark::wasm {

class Stacks {
 public:
  explicit Stacks(capture::CaptureWriter& writer);

  // 0: the engine tells none.
  std::uint32_t current();

  // The names of all frames so far, for the end of the capture.
  const std::vector<std::pair<std::uint32_t, std::vector<capture::Symbol>>>& symbols() const { return symbols_; }

 private:
  std::uint32_t frame_of(std::size_t number);

  capture::CaptureWriter& writer_;
  std::uint32_t module_;
  std::vector<std::uint32_t> frames_;  // by JavaScript's number
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> nodes_;
  std::vector<std::pair<std::uint32_t, std::vector<capture::Symbol>>> symbols_;
};

}  // namespace chunkmark::wasm
