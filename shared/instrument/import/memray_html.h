// MemrayHtml: a memray HTML report as events: the sums that it shows become blocks that come together and end together.
//
// A temporal report tells, by snapshots about 10 ms apart, what was alive at the highest heap within each: at every
// snapshot the heap is then that. What lived and ended between two highest moments is not in it. The others tell one
// moment, the heap peak or the end, and their course of the heap as memray sampled it. Not thread-safe.
#pragma once

#include "instrument/capture/event_source.h"
#include "instrument/import/memray_page.h"

namespace chunkmark::imports {

class MemrayHtml final : public capture::EventSource {
 public:
  explicit MemrayHtml(const capture::CaptureFile& file);

  void read(capture::CaptureVisitor& visitor) override;
  std::uint64_t peek_duration() const override;

 private:
  std::vector<std::uint32_t> build_stacks();
  void read_temporal(capture::CaptureVisitor& visitor);
  void read_moment(capture::CaptureVisitor& visitor);
  std::uint64_t snapshot_ns(std::int64_t snapshot) const;
  void find_defects();

  MemrayPage page_;
  json::array notes_;
};

}  // namespace chunkmark::imports
