// Dhat: the JSON file of valgrind's DHAT, in its modes heap and copy, as events.
//
// Of each program point it has sums: what was alive at the heap peak and at the end become blocks that come together;
// copies, calls. Times are numbers of instructions. Not thread-safe. Source: valgrind, dhat/dhat.html's file format.
#pragma once

#include <array>
#include <vector>

#include "instrument/capture/event_source.h"

namespace chunkmark::imports {

struct DhatPoint {
  std::uint64_t bytes = 0, blocks = 0;            // in all
  std::uint64_t peak_bytes = 0, peak_blocks = 0;  // alive at the heap peak
  std::uint64_t end_bytes = 0, end_blocks = 0;    // alive at the end
  std::vector<std::uint32_t> frames;              // innermost first
};

struct DhatFile {
  std::string mode, command;
  std::uint64_t version = 0, pid = 0, end_time = 0, peak_time = 0;
  std::vector<DhatPoint> points;
  std::vector<std::string> frames;
};

bool is_dhat(ByteView file);

class Dhat final : public capture::EventSource {
 public:
  // Errors: kCorrupt; kUnsupported for other versions and modes.
  explicit Dhat(const capture::CaptureFile& file);

  void read(capture::CaptureVisitor& visitor) override;
  std::uint64_t peek_duration() const override { return file_.end_time; }

 private:
  DhatFile file_;
};

}  // namespace chunkmark::imports
