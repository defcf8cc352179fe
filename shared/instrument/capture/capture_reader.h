// CaptureReader: walks a capture file from front to back and hands its events to a visitor.
//
// Borrows the file's bytes; memory besides them is one section and the stack tree. A file that is cut or damaged reads
// up to the last whole section before the damage: complete() is then false and problem() says where and why.
// A file that is not a capture at all throws kCorrupt, one that a newer Chunkmark wrote in another way kUnsupported.
// Not thread-safe. Format: capture_format.h.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "base/json.h"
#include "instrument/capture/capture_format.h"
#include "instrument/capture/event.h"
#include "instrument/capture/stack_tree.h"

namespace chunkmark::capture {

struct Process {
  std::int64_t pid = 0;
  std::uint32_t parent_plus_one = 0;  // index of the process that started it, plus 1; 0 = the first
  std::string command;
};

class CaptureVisitor {
 public:
  virtual ~CaptureVisitor() = default;
  virtual void on_events(std::uint32_t process, std::span<const Event> events) = 0;
  virtual void on_mark(std::uint32_t process, const Mark& mark) = 0;
  virtual void on_sample(std::uint32_t process, const ResidentSample& sample) = 0;
  virtual void on_memory_map(std::uint32_t, const MemoryMap&) {}
  virtual void on_print(std::uint32_t, const ContentPrint&) {}
};

// A capture's bytes, borrowed. They are read from front to back: `done`, where there is one, is told after each section
// how many of them are not looked at again, so that a large file that is mapped need not be resident as a whole.
struct CaptureFile {
  ByteView bytes;
  std::string name;  // for messages
  std::function<void(std::size_t)> done = {};
};

// The run's duration in nanoseconds as the last section says it, found by the headers of those before: nothing else is
// decoded. 0 if the file is cut or damaged, or does not say it.
std::uint64_t peek_duration(const CaptureFile& file);

class CaptureReader {
 public:
  explicit CaptureReader(CaptureFile file);

  // Reads the whole file. Call once.
  void read(CaptureVisitor& visitor);

  const json::object& meta() const { return meta_; }
  const json::object& end() const { return end_; }  // empty when the capture was cut off
  const std::vector<Process>& processes() const { return processes_; }
  const StackTree& stacks() const { return stacks_; }
  bool complete() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }

 private:
  void read_section(SectionType type, ByteView raw, CaptureVisitor& visitor);
  void read_process(ByteReader& reader);
  void read_frames(ByteReader& reader);
  void read_nodes(ByteReader& reader);
  void read_events(ByteReader& reader, CaptureVisitor& visitor);
  void read_mark(ByteReader& reader, CaptureVisitor& visitor);
  void read_memory_map(ByteReader& reader, CaptureVisitor& visitor);
  void read_print(ByteReader& reader, CaptureVisitor& visitor);
  void read_samples(ByteReader& reader, CaptureVisitor& visitor);
  void read_symbols(ByteReader& reader);
  std::uint32_t read_process_index(ByteReader& reader) const;
  std::uint32_t add_string(std::string_view text);

  CaptureFile file_;
  std::string problem_;
  json::object meta_, end_;
  std::vector<Process> processes_;
  StackTree stacks_;
  std::vector<Event> events_;  // one section's, reused
};

}  // namespace chunkmark::capture
