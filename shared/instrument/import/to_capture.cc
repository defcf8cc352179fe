#include "instrument/import/to_capture.h"

#include "base/error.h"
#include "instrument/capture/capture_copy.h"
#include "instrument/capture/origin.h"

namespace chunkmark::imports {
namespace {

[[noreturn]] void refuse_sums() {
  throw Error(ErrorCode::kUnsupported,
              "this file tells sums of many blocks, which a capture has no room for: expected one that lists every "
              "allocation (inspect, report, compare and export read it as it is)");
}

// A file that does not know how many allocations there were, or when, tells sums, even where each is of one block.
bool lists_events(const json::object& meta) {
  for (const json::value& name : meta.at("origin").at("unknown").as_array()) {
    const std::string_view text = name.as_string();
    if (text == capture::kTellsAllocations || text == capture::kTellsTimes) return false;
  }
  return true;
}

class ImportedCopy final : public capture::CaptureCopy {
 public:
  using CaptureCopy::CaptureCopy;

  void on_events(std::uint32_t process, std::span<const capture::Event> events) override {
    for (const capture::Event& event : events) {
      if (event.count != 1) refuse_sums();
    }
    CaptureCopy::on_events(process, events);
  }
  void on_heap(std::uint32_t, const capture::HeapSample&) override { refuse_sums(); }
};

}  // namespace

void write_capture(capture::EventSource& source, const capture::CaptureWriter::Append& append) {
  if (!source.meta().contains("origin")) {
    throw Error(ErrorCode::kInvalidArgument, "this is a capture already: expected another tool's file");
  }
  if (!lists_events(source.meta())) refuse_sums();
  ImportedCopy copy(source, source.meta(), append);
  source.read(copy);
  copy.finish(source.end());
}

}  // namespace chunkmark::imports
