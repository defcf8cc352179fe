// Prints: fingerprints of the large buffers that a case has, taken when what they hold can still be told: before one
// ends, of all at a mark and at the end, and of all when their sum reaches a new high. When and why is said at
// native/trace/preload/fingerprints.h, which does the same in a process of threads and signals.
//
// Reads the buffers where they are. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "instrument/capture/event.h"
#include "instrument/fingerprint/fingerprint.h"

namespace chunkmark::wasm {

class Prints {
 public:
  // `told`: receives each fingerprint, its time not yet set. min_bytes: the least size that is looked at.
  using Told = std::function<void(const capture::ContentPrint&)>;
  Prints(std::uint64_t min_bytes, Told told);

  void born(std::uint64_t address, std::uint64_t bytes);
  void ended(std::uint64_t address);
  void at_mark(std::string_view name);
  void at_end();

 private:
  void print_all(capture::PrintReason reason);
  void print(std::uint64_t address, std::uint64_t bytes, capture::PrintReason reason);
  void print_ranges(std::uint64_t address, std::uint64_t bytes, capture::PrintReason reason);
  void take(std::uint64_t address, std::uint64_t bytes, capture::PrintReason reason);

  struct Work {
    fingerprint::Workspace workspace;
    fingerprint::Fingerprint fingerprint;
  };

  std::uint64_t min_bytes_;
  Told told_;
  std::unique_ptr<Work> work_;
  std::map<std::uint64_t, std::uint64_t> living_;  // address to bytes
  std::uint64_t total_ = 0, high_ = 0;
  bool over_ = false;  // the window has ended
};

}  // namespace chunkmark::wasm
