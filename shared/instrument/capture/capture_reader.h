// CaptureReader: walks a capture file from front to back and hands its events to a visitor.
//
// Borrows the file's bytes; memory besides them is one section and the stack tree. A file that is cut or damaged reads
// up to the last whole section before the damage: complete() is then false and problem() says where and why.
// A file that is not a capture at all throws kCorrupt, one that a newer Chunkmark wrote in another way kUnsupported.
// Not thread-safe. Format: capture_format.h.
#pragma once

#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "instrument/capture/capture_format.h"
#include "instrument/capture/event_source.h"

namespace chunkmark::capture {

class CaptureReader final : public EventSource {
 public:
  explicit CaptureReader(CaptureFile file);

  void read(CaptureVisitor& visitor) override;
  // As the last section says it, found by the headers of those before: nothing else is decoded.
  std::uint64_t peek_duration() const override;

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
  std::vector<Event> events_;  // one section's, reused
};

}  // namespace chunkmark::capture
