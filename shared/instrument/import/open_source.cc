#include "instrument/import/open_source.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "instrument/capture/capture_reader.h"
#include "instrument/import/dhat.h"
#include "instrument/import/heaptrack.h"
#include "instrument/import/massif.h"
#include "instrument/import/memray_capture.h"
#include "instrument/import/memray_html.h"

namespace chunkmark::imports {
namespace {

// The first bytes of the content, unpacked; empty if it cannot be unpacked.
std::string first_bytes(const capture::CaptureFile& file) {
  constexpr std::size_t kSniffedBytes = 4096;
  try {
    const std::unique_ptr<ByteStream> content = open_stream({file.bytes, file.name});
    const ByteView run = content->next();
    return std::string(as_text(run.first(std::min(run.size(), kSniffedBytes))));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::unique_ptr<capture::EventSource> open_source(capture::CaptureFile file) {
  file.open = nullptr;
  const std::string begin = first_bytes(file);
  if (begin.starts_with(kMemrayMagic)) return std::make_unique<MemrayCapture>(file);
  if (begin.starts_with("v ") && begin.find('\n') != std::string::npos) return std::make_unique<Heaptrack>(file);
  if (begin.starts_with("desc: ")) return std::make_unique<Massif>(file);
  if (is_memray_page(file.bytes)) return std::make_unique<MemrayHtml>(file);
  if (is_dhat(file.bytes)) return std::make_unique<Dhat>(file);
  return std::make_unique<capture::CaptureReader>(std::move(file));
}

}  // namespace chunkmark::imports
