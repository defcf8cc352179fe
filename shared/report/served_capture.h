// ServedCapture: a capture too large for one page, kept so that any range of its time can be asked for.
//
// Memory is bounded however long the run is: every block of a run up to 2,000,000 of them, of longer runs what lives at
// 6,400 instants, or half as many as often as that makes too many rows, with at most 65,536 nodes of the stacks' tree
// (250 MB). overview() is a report's document, small as those are; detail() has the columns of a range alone, for the
// same stacks. Thread-safe once made.
#pragma once

#include <mutex>

#include "report/report_document.h"

namespace chunkmark::report {

class ServedCapture {
 public:
  // Reads it whole. Errors: as profile::read_profile.
  ServedCapture(const capture::CaptureFile& file, std::uint64_t array_bytes, std::string_view title);

  // As report_document's, and `detail_url`: where a page asks for ranges.
  json::object overview(std::string_view detail_url, const SourceReader& reader) const;
  // {from, to, intervals, copies, transfers}; ticks. `to` up to the last. Errors: kInvalidArgument if from > to.
  json::object detail(std::uint32_t from, std::uint32_t to) const;

  const figures::Inspection& inspection() const { return inspection_; }

 private:
  std::uint32_t peak_of(std::uint32_t from, std::uint32_t to) const;
  profile::Columns part(std::uint32_t from, std::uint32_t to) const;

  profile::CaptureProfile capture_;
  figures::Inspection inspection_;
  std::string title_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> heap_;  // by tick: what is alive from then on
  mutable std::mutex mutex_;                                   // of tree_
  mutable profile::DisplayTree tree_;
};

}  // namespace chunkmark::report
