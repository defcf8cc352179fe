// chunkmark: what does storing an array really cost?

#include <cstdio>
#include <exception>

#include "native/cli/commands.h"

int main(int argc, char** argv) {
  using namespace chunkmark::cli;
  CLI::App app{
      "chunkmark: what does storing an array really cost?\n\n"
      "Counts buffer copies, memory and bytes moved of any command, and runs the studies that compare storage "
      "engines.\n\n"
      "  chunkmark copies                       how many extra copies it takes to store 100 MB\n"
      "  chunkmark trace -o a.cmk -- python3 a.py   the same for a program of yours\n"
      "  chunkmark report a.cmk -o a.html       where the copies are, as a page\n"};
  app.name("chunkmark");
  app.set_version_flag("--version", "chunkmark " CHUNKMARK_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);

  Run run;
  for (const auto add :
       {add_copies_command, add_trace_command, add_inspect_command, add_compare_command, add_report_command,
        add_h5_command, add_site_command, add_serve_command, add_copy_case_command}) {
    add(app, run);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "chunkmark: %s\nRun with --help to see what it takes.\n", error.what());
    return 2;
  }
  try {
    return run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chunkmark: %s\n", error.what());
    return 1;
  }
}
