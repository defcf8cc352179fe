// The tables of a copy study: in the terminal, and as Markdown in the form of memray-array's README.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "record/run_record.h"

namespace chunkmark::cli {

// Whether libraries' fixed buffers count as copies in an array of this size.
bool is_small(const record::RunRecord& run);

// "float32 array of 5000 x 5000, 100.0 MB, one chunk, random, in memory (tmpfs)": what was stored and where, above
// either form of the table.
std::string array_text(const record::CopyRow& row);

// What the versions in the tables go by: the peers' Python, and newer versions that a newer Python would have. Pairs of
// a word and what it tells; empty without peers.
std::vector<std::pair<std::string, std::string>> version_notes(const record::RunRecord& run);

// One block a cell: what was published, what was measured of the peers, ours. 80 columns; colours on a terminal
// only.
void print_table(const record::RunRecord& run);

// Two tables, writes and reads: one row an engine, one column a codec, the least number of each column in bold.
void print_markdown(const record::RunRecord& run);

}  // namespace chunkmark::cli
