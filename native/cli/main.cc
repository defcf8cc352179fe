// chunkmark: what does storing an array really cost?

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "native/cli/commands.h"
#include "native/cli/text.h"

namespace {

// The first word that should be a command of `app`, or of the command before it, and is none; empty otherwise. The
// parser itself says only that a command is missing.
std::string unknown_command(CLI::App& app, int argc, char** argv) {
  CLI::App* at = &app;
  for (int i = 1; i < argc && at->get_require_subcommand_min() > 0 && argv[i][0] != '-'; ++i) {
    std::string word = argv[i];
    const auto named = at->get_subcommands([&](const CLI::App* command) { return command->check_name(word); });
    if (named.empty()) return word;
    at = named.front();
  }
  return "";
}

// In a list of commands, the first sentence or two of each: its examples are in its own help.
class BriefLists : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override {
    constexpr std::size_t kNameColumns = 12;
    std::string about = command->get_description();
    about.resize(std::min(about.size(), about.find("\n\n")));
    std::replace(about.begin(), about.end(), '\n', ' ');
    return "  " + chunkmark::cli::padded(command->get_name(), kNameColumns) + about + "\n";
  }
};

// The path first, as in every other message: the library has it last, in brackets.
std::string message_of(const std::filesystem::filesystem_error& error) {
  std::string what = error.what();
  if (const std::string_view prefix = "filesystem error: "; what.starts_with(prefix)) what.erase(0, prefix.size());
  return error.path1().string() + ": " + what.substr(0, what.find(" ["));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace chunkmark::cli;
  CLI::App app{
      "chunkmark: what does storing an array really cost?\n\n"
      "Counts buffer copies, memory and bytes moved of any command, and runs the\n"
      "studies that compare storage engines.\n\n"
      "  chunkmark copies                       how many extra copies it takes to store 100 MB\n"
      "  chunkmark trace -o a.cmk -- python3 a.py   the same for a program of yours\n"
      "  chunkmark report a.cmk -o a.html       where the copies are, as a page\n"};
  app.name("chunkmark");
  app.formatter(std::make_shared<BriefLists>());
  app.set_version_flag("--version", "chunkmark " CHUNKMARK_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);

  Run run;
  for (const auto add : {add_copies_command, add_versions_command, add_trace_command, add_inspect_command,
                         add_compare_command, add_report_command, add_export_command, add_import_command,
                         add_trim_command, add_array_command, add_h5_command, add_site_command, add_serve_command,
                         add_copy_case_command, add_version_case_command, add_answer_request_command}) {
    add(app, run);
  }
  std::vector<char*> words(argv, argv + argc);
  std::string option = "--help";
  if (argc > 1 && std::string_view(argv[1]) == "help") {  // "help copies" is "copies --help"
    words.erase(words.begin() + 1);
    words.push_back(option.data());
  }
  argc = static_cast<int>(words.size());
  argv = words.data();
  if (const std::string unknown = unknown_command(app, argc, argv); !unknown.empty()) {
    std::fprintf(stderr, "chunkmark: unknown command \"%s\"\nRun with --help to see those that there are.\n",
                 unknown.c_str());
    return 2;
  }
  if (argc == 1) {
    std::fputs(wrapped(app.help()).c_str(), stderr);
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    std::ostringstream text;
    const int status = app.exit(help, text, text);
    std::fputs(wrapped(text.str()).c_str(), stdout);
    return status;
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "chunkmark: %s\nRun with --help to see what it takes.\n", error.what());
    return 2;
  }
  try {
    const int status = run();
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    std::fprintf(stderr, "chunkmark: standard output: cannot write all of it (is the disk full?)\n");
    return 1;
  } catch (const std::filesystem::filesystem_error& error) {
    std::fprintf(stderr, "chunkmark: %s\n", message_of(error).c_str());
    return 1;
  } catch (const chunkmark::Error& error) {
    std::fprintf(stderr, "chunkmark: %s\n", error.what());
    switch (error.code()) {
      case chunkmark::ErrorCode::kInvalidArgument:
        return 2;
      case chunkmark::ErrorCode::kCancelled:
        return 130;  // as shells say it of an interrupt
      default:
        return 1;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chunkmark: %s\n", error.what());
    return 1;
  }
}
