// One reader of another tool's files on any bytes: read, told, and made into columns.
#pragma once

#include <memory>

#include "fuzz.h"
#include "instrument/profile/columns.h"
#include "report/inspect_document.h"

namespace chunkmark::fuzz {

template <typename Source>
int import_one(const std::uint8_t* data, std::size_t size) {
  const capture::CaptureFile file{
      bytes(data, size), "input", {}, [](capture::CaptureFile opened) -> std::unique_ptr<capture::EventSource> {
        return std::make_unique<Source>(opened);
      }};
  try {
    const profile::CaptureAnalysis analysis(file);
    report::inspect_document(figures::inspect(analysis, 1 + size));
    profile::read_columns(file, analysis.main_process(), analysis.duration_ns(), {2, 3, 1000, 4},
                          [&analysis] { return std::vector{analysis.main().totals().peak_time_ns}; });
  } catch (const Error& error) {
    if (!is_refusal(error)) throw;
  }
  return 0;
}

}  // namespace chunkmark::fuzz
