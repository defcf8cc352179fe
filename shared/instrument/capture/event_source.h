// EventSource: a file that tells what a program did, read from front to back and handed to a visitor as events.
//
// One implementation a format: CaptureReader for our own, those of instrument/import for other tools'. What its
// documents hold is told in the same words by all (see origin.h for what only other tools' files say). A file that is
// cut or damaged reads up to the damage: complete() is then false and problem() says where and why. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/lane.h"
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
  virtual void on_heap(std::uint32_t, const HeapSample&) {}
  virtual void on_memory_map(std::uint32_t, const MemoryMap&) {}
  virtual void on_print(std::uint32_t, const ContentPrint&) {}
};

class EventSource {
 public:
  virtual ~EventSource() = default;

  // Reads the whole file. Call once.
  virtual void read(CaptureVisitor& visitor) = 0;
  // The run's duration in nanoseconds, without reading the whole file; 0 if it is not told, or the file is cut.
  virtual std::uint64_t peek_duration() const = 0;

  // Whether no event comes after a later one, of any thread.
  virtual bool in_order() const { return false; }

  // As the first section of a capture; may be empty before read().
  const json::object& meta() const { return meta_; }
  // As the last section; empty when the file was cut off.
  const json::object& end() const { return end_; }
  const std::vector<Process>& processes() const { return processes_; }
  const StackTree& stacks() const { return stacks_; }
  bool complete() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }

 protected:
  EventSource() = default;
  EventSource(const EventSource&) = default;
  EventSource(EventSource&&) = default;
  EventSource& operator=(const EventSource&) = default;
  EventSource& operator=(EventSource&&) noexcept = default;

  std::string problem_;
  json::object meta_, end_;
  std::vector<Process> processes_;
  StackTree stacks_;
};

// A module as it was loaded: its index in the stacks, and where its segments lay from its base on (address, size). A
// file that has others is another one.
struct LoadedModule {
  std::uint32_t module = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> segments;
};

// Gives names to native frames that are return addresses (offset: from the module's base), where the module's file is
// at hand and was not changed since `loaded_ms` (since 1970).
using NameFrames = void (*)(StackTree& stacks, std::span<const LoadedModule> modules, std::int64_t loaded_ms);

// A file's bytes, borrowed. They are read from front to back: `done`, where there is one, is told now and then how many
// of them are not looked at again, so that a large file that is mapped need not be resident as a whole.
struct CaptureFile {
  ByteView bytes;
  std::string name;  // for messages
  std::function<void(std::size_t)> done = {};
  // Who reads it: instrument/import's open_source where other tools' files are welcome; by itself only captures are.
  std::unique_ptr<EventSource> (*open)(CaptureFile) = nullptr;
  MakeLane lane = nullptr;           // for what can be done beside the reading
  NameFrames name_frames = nullptr;  // where modules' files may be at hand
};

// Errors: kCorrupt if the file is none that can be read, kUnsupported if a newer program wrote it.
std::unique_ptr<EventSource> open(const CaptureFile& file);

}  // namespace chunkmark::capture
