// CaptureCopy: what a source tells, written as a capture.
//
// Stacks, frames and modules are those that its events name, numbered anew. Not thread-safe. Borrows the source.
#pragma once

#include <vector>

#include "instrument/capture/capture_writer.h"
#include "instrument/capture/event_source.h"

namespace chunkmark::capture {

class CaptureCopy : public CaptureVisitor {
 public:
  CaptureCopy(const EventSource& source, const json::object& meta, const CaptureWriter::Append& append)
      : source_(source), writer_(append, meta) {}

  void on_events(std::uint32_t process, std::span<const Event> events) override;
  void on_mark(std::uint32_t process, const Mark& mark) override { writer_.add_mark(process, mark); }
  void on_sample(std::uint32_t process, const ResidentSample& sample) override { writer_.add_sample(process, sample); }
  void on_memory_map(std::uint32_t process, const MemoryMap& map) override { writer_.add_memory_map(process, map); }
  void on_print(std::uint32_t process, const ContentPrint& print) override { writer_.add_print(process, print); }

  // When the source is read. `end`: the last section; of a source that is cut there is none, and the copy is cut too.
  void finish(const json::object& end);

 private:
  void add_processes();
  Symbol symbol_of(const SymbolRef& symbol) const;
  std::uint32_t node_of(std::uint32_t node);
  std::uint32_t frame_of(std::uint32_t frame);
  std::uint32_t module_of(std::uint32_t module);

  const EventSource& source_;
  CaptureWriter writer_;
  std::uint32_t processes_ = 0;
  std::vector<std::uint32_t> nodes_, frames_, modules_;  // by number in the source: that in the copy; 0: none yet
};

}  // namespace chunkmark::capture
