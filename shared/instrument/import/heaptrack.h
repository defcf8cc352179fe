// Heaptrack: an interpreted file of heaptrack as events, packed or not.
//
// Blocks have no addresses in it, only classes of size and stack: the newest of a class ends first. Times come about
// every 10 ms; what happens between keeps its order. Not thread-safe. Errors: kUnsupported for raw files, which only
// the machine that they were recorded on can interpret. Source: heaptrack's file format, versions 1 to 3.
#pragma once

#include "instrument/capture/event_source.h"
#include "instrument/import/stack_builder.h"
#include "instrument/import/stream_reader.h"

namespace chunkmark::imports {

class EventBatch;

class Heaptrack final : public capture::EventSource {
 public:
  explicit Heaptrack(const capture::CaptureFile& file);

  void read(capture::CaptureVisitor& visitor) override;
  bool in_order() const override { return true; }
  std::uint64_t peek_duration() const override;

 private:
  struct Class {
    std::uint64_t bytes;
    std::uint32_t stack;
    std::uint32_t alive = 0;
  };
  void read_line(char type, std::string_view line, EventBatch& batch);
  void read_frame(std::string_view line);
  void read_stack(std::string_view line);
  std::uint64_t number(std::string_view& line) const;
  std::string_view text(std::uint64_t index) const;

  capture::CaptureFile file_;
  std::unique_ptr<StreamReader> reader_;
  std::uint64_t version_ = 0;
  StackBuilder builder_;
  std::vector<std::string> texts_{""};
  std::vector<std::vector<std::uint32_t>> frames_{{}};  // of an instruction: innermost inlined function first
  std::vector<std::uint32_t> nodes_{0};
  std::vector<Class> classes_;
  std::uint64_t now_ns_ = 0;
};

}  // namespace chunkmark::imports
