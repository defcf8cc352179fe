// CaptureAnalysis: a capture read once, with the figures of the process that matters.
//
// That process is the one that set the mark "begin"; without marks, the one with the highest heap peak. Borrows the
// file's bytes while constructed only. Immutable afterwards.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "instrument/capture/capture_reader.h"
#include "instrument/profile/analysis.h"

namespace chunkmark::profile {

// What is known of the figures. A capture that is cut or damaged is the beginning of its run: all that happened up to
// the last section that could be read, and nothing behind it.
//   kAll      The capture is whole, or the mark "end" came before the damage: what follows it changes no figure of the
//             window. Only what is of the whole run (its duration) is unknown then, and resident memory, unless a
//             sample from beyond the window was read.
//   kSoFar    Of what only grows (peaks, numbers of events, their bytes) the run has at least what was read. All that
//             its end would tell is unknown: what was alive then, copies too small to be events, extra copies.
//   kNothing  Nothing of the process was read but its name.
enum class Known { kNothing, kSoFar, kAll };

// A program that ran unseen, and why.
struct UntracedProgram {
  std::int64_t pid = 0;
  std::string program, reason;
};

// A module that carries an allocator of its own.
struct OwnAllocator {
  std::string module, name;
};

class CaptureAnalysis final : private capture::CaptureVisitor {
 public:
  // Errors: kCorrupt if the file is no capture, or nothing of it can be read. A damaged or cut one is read up to the
  // damage: see reader().problem().
  // `listener`, where there is one, is told the same events after the analysis of their process has taken them, so that
  // whatever else is made of them needs no second pass. With a lane both are done there, beside the reading: `so_far`
  // may be asked for its analyses then, and not for its reader.
  struct Heard {
    std::uint32_t process;
    std::span<const capture::Event> events;
    std::span<const std::uint32_t> parents;  // of the stacks' nodes that are new since the call before
    std::shared_ptr<const void> kept;        // where both stay as long as this does; null: they are gone after the call
  };
  using Listener = std::function<void(const CaptureAnalysis& so_far, const Heard& heard)>;
  explicit CaptureAnalysis(const capture::CaptureFile& file, const Listener& listener = {});

  const capture::EventSource& reader() const { return *reader_; }
  const Analysis& analysis(std::uint32_t process) const { return processes_[process]; }
  std::size_t processes() const { return processes_.size(); }
  const Analysis& main() const { return processes_[main_]; }
  std::uint32_t main_process() const { return main_; }
  Known known() const;
  bool resident_known() const;
  // Another tool's file: what it is ("memray capture"), whether it tells something (one of capture/origin.h's names;
  // captures tell all), and what is to be known of it. Empty of a capture.
  std::optional<std::string> origin() const;
  bool tells(std::string_view what) const;
  std::vector<std::string> notes() const;
  std::optional<std::uint64_t> allocation_records() const;  // of a tool that counts allocations and ends together
  // What the capture's first section says; empty or 0 where it says nothing.
  std::optional<std::string> command_line() const;
  std::optional<std::string> started() const;
  std::uint64_t array_bytes() const;  // what the command stores
  std::uint64_t exit_status() const;  // of the command; 0 as well where it is not told
  // Up to the last event where the capture does not say it.
  std::uint64_t duration_ns() const;
  // What the last section says; empty or 0 in a capture that was cut off, or written by another program.
  std::uint64_t untraced_processes() const;                        // that found no room in the tracer
  std::uint64_t unnamed_frames() const;                            // whose names were not looked up, after a signal
  std::vector<UntracedProgram> untraced() const;                   // that the tracer could not enter
  std::vector<OwnAllocator> allocators() const;                    // whose blocks are not seen one by one
  std::optional<std::string> python_not_read() const;              // the main process's version of CPython, if not read
  std::optional<std::uint64_t> resident_high_water_bytes() const;  // of the main process
  // Whether the main process's mappings count by their touched pages: not in captures of version 1, and not where the
  // kernel did not tell.
  bool by_pages() const;
  bool pages_not_read() const;  // the kernel did not tell
  // Anonymous memory that a process had before its first event: as the fork of another, mostly.
  std::uint64_t inherited_bytes(std::uint32_t process) const;

 private:
  void on_events(std::uint32_t process, std::span<const capture::Event> events) override;
  void on_mark(std::uint32_t process, const capture::Mark& mark) override;
  void on_sample(std::uint32_t process, const capture::ResidentSample& sample) override;
  void on_heap(std::uint32_t process, const capture::HeapSample& sample) override;
  void on_memory_map(std::uint32_t process, const capture::MemoryMap& map) override;
  void on_print(std::uint32_t process, const capture::ContentPrint& print) override;
  template <typename Work>
  void in_turn(Work&& work);
  void take(const Heard& heard);
  Analysis& analysis_of(std::uint32_t process);
  std::vector<const json::object*> listed(std::string_view key) const;
  const json::value* told_of(std::uint32_t process, std::string_view key) const;
  const json::value* told_of_origin(std::string_view key) const;
  Analysis::Tie tie() const;
  void finish();

  std::unique_ptr<capture::EventSource> reader_;
  std::deque<Analysis> processes_;  // references to them stay good while more come
  // While constructed. What a new analysis must know of the file is asked of the reader before its first event.
  struct Words {
    Analysis::Tie tie;
    bool is_foreign, tells_copies;
  };
  const Listener* listener_;
  Lane* lane_ = nullptr;
  std::optional<Words> words_;
  std::size_t known_nodes_ = 0;

  std::uint32_t main_ = 0;
  std::uint64_t last_ns_ = 0;
};

}  // namespace chunkmark::profile
