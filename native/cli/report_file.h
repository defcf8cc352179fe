// The HTML report of a capture as a file.
#pragma once

#include <filesystem>
#include <string>

#include "report/report_document.h"

namespace chunkmark::cli {

// `result`: the capture's row in a run record, or null. Errors: kNotFound without the bundled page or the capture.
void write_report(const std::filesystem::path& capture_path, std::uint64_t array_bytes, const std::string& title,
                  const json::value& result, const std::filesystem::path& out);

}  // namespace chunkmark::cli
