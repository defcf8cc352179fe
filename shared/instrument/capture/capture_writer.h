// CaptureWriter: turns events and stacks into the sections of a capture file.
//
// Buffers at most one section of events and one of samples a process; everything else is written when it is told.
// Stack definitions are written before the events that use them. Not thread-safe. Format: capture_format.h.
#pragma once

#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/byte_writer.h"
#include "base/json.h"
#include "instrument/capture/capture_format.h"
#include "instrument/capture/event.h"
#include "instrument/capture/stack_tree.h"

namespace chunkmark::capture {

class CaptureWriter {
 public:
  // `append` receives the file's bytes in order. It may throw; then the writer must not be used again.
  using Append = std::function<void(ByteView)>;

  CaptureWriter(Append append, const json::object& meta);

  void add_process(std::uint32_t process, std::int64_t pid, std::uint32_t parent_plus_one, std::string_view command);
  std::uint32_t add_module(std::string_view path);                             // returns its number
  std::uint32_t add_native_frame(std::uint32_t module, std::uint64_t offset);  // returns its number
  std::uint32_t add_python_frame(const Symbol& symbol);                        // returns its number
  std::uint32_t add_node(std::uint32_t parent, std::uint32_t frame);           // returns its number
  void add_event(std::uint32_t process, const Event& event);
  void add_mark(std::uint32_t process, const Mark& mark);
  void add_memory_map(std::uint32_t process, const MemoryMap& map);
  void add_print(std::uint32_t process, const ContentPrint& print);
  void add_sample(std::uint32_t process, const ResidentSample& sample);
  void add_symbols(const std::vector<std::pair<std::uint32_t, std::vector<Symbol>>>& frames);

  // Writes what is buffered: after it, a cut loses nothing told so far.
  void flush();
  void finish(const json::object& end);

 private:
  struct EventBlock {
    std::uint32_t count = 0;
    std::uint64_t last_time = 0;
    std::uint64_t last_address = 0, last_destination = 0, last_source = 0;
    ByteWriter kinds, threads, times, stacks, addresses, sizes, copies;
  };
  struct SampleBlock {
    std::uint32_t count = 0;
    std::uint64_t last_time = 0;
    ByteWriter rows;
  };
  // Rows of one kind of definition that are not written yet, and the number that the next one gets.
  struct Definitions {
    std::uint32_t count = 0;
    std::uint32_t next = 1;
    ByteWriter rows;
  };

  void write_section(SectionType type, ByteView raw);
  void write_definitions(SectionType type, Definitions& definitions);
  void flush_definitions();
  void flush_events(std::uint32_t process, EventBlock& block);
  void flush_samples(std::uint32_t process, SampleBlock& block);

  Append append_;
  Definitions modules_, frames_, nodes_;
  std::map<std::uint32_t, EventBlock> events_;
  std::map<std::uint32_t, SampleBlock> samples_;
};

}  // namespace chunkmark::capture
