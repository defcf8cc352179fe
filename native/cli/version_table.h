// The transaction study's tables in the terminal.
#pragma once

#include <vector>

#include "record/version_row.h"

namespace chunkmark::cli {

// The engines of one cell. Nothing of none.
void print_version_cell(const std::vector<record::VersionRow>& rows);

}  // namespace chunkmark::cli
