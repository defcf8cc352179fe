// MemrayCapture: a memray capture (.bin) as events.
//
// Times: memray takes one about every 10 ms, with a sample of resident memory. What happens between two of them keeps
// its order, spread by kStepNs; the moment within is not told. The heap is memray's: blocks by their size and mappings
// whole, and of moments with the same heap the last is the peak. An aggregated capture has the sums of each stack at
// the peak and at the end: they become blocks that come together. Not thread-safe.
#pragma once

#include "instrument/capture/event_source.h"
#include "instrument/import/memray_header.h"

namespace chunkmark::imports {

class MemrayCapture final : public capture::EventSource {
 public:
  // Errors: kCorrupt, kUnsupported: what the header says cannot be read.
  explicit MemrayCapture(const capture::CaptureFile& file);

  void read(capture::CaptureVisitor& visitor) override;
  bool in_order() const override { return true; }
  std::uint64_t peek_duration() const override { return header_.duration_ms() * 1'000'000; }

 private:
  std::unique_ptr<StreamReader> reader_;
  MemrayHeader header_;
  capture::NameFrames name_frames_;
};

}  // namespace chunkmark::imports
