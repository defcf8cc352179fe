// The commands of the program `chunkmark`. Each adds itself, with its options and help, to the command line's parser;
// what it returns when run is the program's exit status: 0 done, 1 failed. Bad usage (2) is the parser's.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace chunkmark::cli {

// Sets up one command on `app`; `run` must be set to what the command does.
using Run = std::function<int()>;

void add_copies_command(CLI::App& app, Run& run);
void add_copy_case_command(CLI::App& app, Run& run);
void add_versions_command(CLI::App& app, Run& run);
void add_version_case_command(CLI::App& app, Run& run);
void add_trace_command(CLI::App& app, Run& run);
void add_inspect_command(CLI::App& app, Run& run);
void add_compare_command(CLI::App& app, Run& run);
void add_report_command(CLI::App& app, Run& run);
void add_export_command(CLI::App& app, Run& run);
void add_import_command(CLI::App& app, Run& run);
void add_trim_command(CLI::App& app, Run& run);
void add_site_command(CLI::App& app, Run& run);
void add_serve_command(CLI::App& app, Run& run);
void add_answer_request_command(CLI::App& app, Run& run);
void add_array_command(CLI::App& app, Run& run);
void add_h5_command(CLI::App& app, Run& run);

}  // namespace chunkmark::cli
