// chunkmark copy-case: runs one case of the copy study in this process. The study starts it, under the tracer for
// memory and copies, without it for times; it is not listed in the help.

#include <chrono>
#include <cstdio>
#include <memory>

#include "native/cli/commands.h"
#include "native/store/local_store.h"
#include "native/store/thread_executor.h"
#include "study/copy_runner.h"

// Set by the tracer, absent outside it.
extern "C" void chunkmark_mark(const char* name) __attribute__((weak));

namespace chunkmark::cli {
namespace {

void set_mark(const char* name) {
  if (chunkmark_mark != nullptr) chunkmark_mark(name);
}

struct Options {
  std::string copy_case, folder;
  unsigned repeat = 0;
  unsigned threads = 1;
};

int run_copy_case(const Options& options) {
  const study::CopyCase copy_case = study::copy_case_from_json(parse_json(options.copy_case, "case"));
  store::ThreadExecutor executor(options.threads);
  store::LocalStore store(options.folder, store::Durability::kNone);
  if (options.repeat == 0) {
    study::run_copy_case(copy_case, store, executor, set_mark);
    return 0;
  }
  using Clock = std::chrono::steady_clock;
  json::array seconds;
  for (unsigned i = 0; i < options.repeat; ++i) {
    Clock::time_point begin;
    study::run_copy_case(copy_case, store, executor, [&](const char* name) {
      if (std::string_view(name) == "begin") {
        begin = Clock::now();
      } else {
        seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
      }
    });
  }
  std::puts(json::serialize(seconds).c_str());
  return 0;
}

}  // namespace

void add_copy_case_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("copy-case", "Runs one case of the copy study in this process");
  command->group("");
  command->add_option("case", options->copy_case, "The case, as JSON")->required();
  command->add_option("folder", options->folder, "Folder of the local store")->required();
  command->add_option("--time", options->repeat, "Run it so many times and print the seconds of each");
  command->add_option("--threads", options->threads, "Threads that compress")->check(CLI::Range(1u, 64u));
  command->callback([options, &run] { run = [options] { return run_copy_case(*options); }; });
}

}  // namespace chunkmark::cli
