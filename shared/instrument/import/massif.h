// Massif: the file of valgrind's massif as events: the course of the heap, and what was alive in its peak snapshot.
//
// Its trees stand on their leaves: a node's children are its callers. Not thread-safe. Source: valgrind, massif manual.
#pragma once

#include "instrument/capture/event_source.h"
#include "instrument/import/stream_reader.h"

namespace chunkmark::imports {

class Massif final : public capture::EventSource {
 public:
  explicit Massif(const capture::CaptureFile& file);

  void read(capture::CaptureVisitor& visitor) override;
  std::uint64_t peek_duration() const override { return 0; }

 private:
  struct Node {
    std::uint64_t bytes = 0;
    std::string label;
    std::size_t depth = 0;
  };
  bool next_line(std::string& line);
  std::uint64_t number_after(std::string_view line, std::string_view word) const;
  void read_tree(const std::string& root, std::vector<Node>& nodes);

  std::unique_ptr<StreamReader> reader_;
  std::string line_;  // read too far
  bool has_line_ = false;
  std::uint64_t ns_per_tick_ = 1;
};

}  // namespace chunkmark::imports
