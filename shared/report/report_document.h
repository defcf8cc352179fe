// What the HTML report of one capture shows, as JSON, and the page that holds it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "instrument/figures/inspection.h"
#include "instrument/profile/capture_profile.h"
#include "instrument/profile/display_tree.h"
#include "report/source_lines.h"

namespace chunkmark::report {

// A report holds every block of a run up to 50,000; of longer runs what lives at 400 instants, which are about three
// pixels of the chart apart (100 where that is too much), and at the moments that the run itself marks out; and at most
// 200,000 rows of each table and 20,000 nodes of the stacks' tree. That bounds its size: a few bytes per row, and the
// names of the stacks.
constexpr profile::Coarseness kReportCoarseness{50'000, 400, 1000, 200'000, 20'000};

// figures (inspect's document), result (the run record's row, or null), timeline, resident, marks, and the columns that
// any range of time can be asked of. Definition: web/DATA.md. `inspection`: of `capture`, which was read with
// kReportCoarseness. `reader` gives the source lines of frames.
json::object report_document(const profile::CaptureProfile& capture, const figures::Inspection& inspection,
                             std::string_view title, const json::value& result, const SourceReader& reader = {});

// The same of columns that are not the capture's own, with a tree that has further stacks. Rows are added to the tree.
json::object report_document(const profile::CaptureAnalysis& capture, const profile::Columns& columns,
                             profile::DisplayTree& tree, const figures::Inspection& inspection, std::string_view title,
                             const json::value& result, const SourceReader& reader);

// The page: `page` with its one placeholder replaced by the document, escaped for a script element.
// Errors: kInvalidArgument if the page has no placeholder.
std::string report_page(std::string_view page, const json::object& document);

}  // namespace chunkmark::report
