// Columns as a report carries them: planes of bytes, gzip, base64. Definition: web/DATA.md.
#pragma once

#include "base/json.h"
#include "instrument/profile/columns.h"
#include "instrument/profile/display_tree.h"
#include "report/source_lines.h"

namespace chunkmark::report {

// The members tick_ns, end_ticks, threads, strings, frames, stacks, intervals, copies and transfers. The columns'
// stacks are those of the capture's own tree; here they become nodes of `tree`, whose frames get their source lines.
void add_packed_columns(json::object& document, const profile::Columns& columns, profile::DisplayTree& tree,
                        const SourceReader& reader);

// The members intervals, copies and transfers alone.
void add_packed_rows(json::object& document, const profile::Columns& columns, profile::DisplayTree& tree);

}  // namespace chunkmark::report
