// Recorder: what a case does with the module's memory, as a capture of the same events that the native tracer records.
//
// While one lives, the module's allocation family, its memcpy family (hooks.cc, hooks_copy.cc) and what crosses to
// JavaScript are told to it. What the recorder itself allocates is not recorded. Below kStackBytes an allocation has no
// stack, and copies are counted alone: a stack costs some 50 us here, since only the engine's own exceptions know it.
// There is one at a time; nothing here is thread-safe. Differs from native: no pages are looked at, and resident memory
// is the size of the heap, told whenever it has grown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "instrument/capture/capture_writer.h"
#include "wasm/trace/prints.h"
#include "wasm/trace/stacks.h"

namespace chunkmark::wasm {

constexpr std::size_t kStackBytes = 4096;

class Recorder {
 public:
  // `command`: what is traced. `started`: UTC. Buffers of print_bytes and more are looked at.
  Recorder(std::string_view command, std::string_view started, std::uint64_t array_bytes, std::uint64_t print_bytes);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void mark(const char* name);
  // Ends the recording. The capture, whole.
  std::vector<std::byte> finish();

  // For the hooks, which ask recording() first.
  void born(capture::EventKind kind, const void* block, std::size_t bytes);
  void ended(capture::EventKind kind, const void* block);
  void copied(const void* to, const void* from, std::size_t bytes);
  void transferred(capture::EventKind kind, std::size_t bytes);

 private:
  // Never the same twice: a page's clock is coarse, and what comes after a mark must not seem to be before it.
  std::uint64_t now_ns();
  void add(capture::EventKind kind, std::uint64_t address, std::uint64_t bytes, std::uint64_t source, bool with_stack);
  void note_heap();

  std::vector<std::byte> capture_;
  capture::CaptureWriter writer_;
  Stacks stacks_;
  Prints prints_;
  double start_ms_;
  std::uint64_t last_ns_ = 0;
  std::uint64_t initial_heap_bytes_;
  std::uint64_t heap_bytes_ = 0;
  std::uint64_t small_copies_ = 0, small_copy_bytes_ = 0;
};

// The recorder that there is; null as well while it is at work itself.
Recorder* recording();

}  // namespace chunkmark::wasm
