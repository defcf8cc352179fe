// The commands under `chunkmark h5`, a file each; add_h5_command (commands.h) puts them together.
#pragma once

#include "native/cli/commands.h"

namespace chunkmark::cli {

void add_h5_log(CLI::App& h5, Run& run);
void add_h5_show(CLI::App& h5, Run& run);
void add_h5_dump(CLI::App& h5, Run& run);
void add_h5_diff(CLI::App& h5, Run& run);
void add_h5_commit(CLI::App& h5, Run& run);
void add_h5_verify(CLI::App& h5, Run& run);
void add_h5_export(CLI::App& h5, Run& run);
void add_h5_index(CLI::App& h5, Run& run);

}  // namespace chunkmark::cli
