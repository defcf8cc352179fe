// What the HTML report of one capture shows, as JSON, and the page that holds it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "instrument/figures/inspection.h"
#include "instrument/profile/capture_profile.h"
#include "report/source_lines.h"

namespace chunkmark::report {

// A report holds every block of a run up to 50,000; of longer runs what lives at 400 instants, which are about three
// pixels of the chart apart, and at the moments that the run itself marks out.
constexpr profile::Coarseness kReportCoarseness{50'000, 400, 1000};

// figures (inspect's document), result (the run record's row, or null), timeline, resident, marks, and the columns that
// any range of time can be asked of. Definition: web/DATA.md. `inspection`: of `capture`, which was read with
// kReportCoarseness. `reader` gives the source lines of frames.
json::object report_document(const profile::CaptureProfile& capture, const figures::Inspection& inspection,
                             std::string_view title, const json::value& result, const SourceReader& reader = {});

// The page: `page` with its one placeholder replaced by the document, escaped for a script element.
// Errors: kInvalidArgument if the page has no placeholder.
std::string report_page(std::string_view page, const json::object& document);

}  // namespace chunkmark::report
