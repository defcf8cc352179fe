// chunkmark copy-case: runs one case of the copy study in this process. The study starts it, under the tracer for
// memory and copies, without it for times; it is not listed in the help.

#include <sys/mman.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "native/cli/commands.h"
#include "native/os/thread_executor.h"
#include "native/store/open_store.h"
#include "native/study/mark.h"
#include "study/copy_runner.h"
#include "study/copy_task.h"

namespace chunkmark::cli {
namespace {

// Memory for an array as NumPy gets it: malloc, and huge pages wherever they fit, so that engines differ in what they
// do and not in the memory that they are given. Its pages are first touched by whoever fills it.
class ArrayMemory {
 public:
  explicit ArrayMemory(std::size_t bytes) : data_(std::malloc(bytes)), bytes_(bytes) {
    if (data_ == nullptr) {
      throw Error(ErrorCode::kUnavailable, "array: no memory for " + std::to_string(bytes) + " bytes");
    }
    void* begin = data_;
    std::size_t rest = bytes;
    if (std::align(kPageBytes, kPageBytes, begin, rest) != nullptr) madvise(begin, rest, MADV_HUGEPAGE);
  }
  ~ArrayMemory() { std::free(data_); }
  ArrayMemory(const ArrayMemory&) = delete;
  ArrayMemory& operator=(const ArrayMemory&) = delete;
  MutableByteView bytes() { return {static_cast<std::byte*>(data_), bytes_}; }

 private:
  static constexpr std::size_t kPageBytes = 4096;
  void* data_;
  std::size_t bytes_;
};

struct Options {
  std::string task;
  bool time = false;
};

std::unique_ptr<store::Store> open(const study::CopyTask& task) {
  return store::open_store(task.store, bytes::parse_durability(task.durability).value());
}

// One answer for each line on standard input; see TimedProcess.
void answer_calls(const study::CopyTask& task, Executor& executor) {
  const study::CopyCase& copy_case = task.copy_case;
  const auto folder = store::folder_of_store(task.store);
  const std::unique_ptr<store::Store> store = open(task);
  using Clock = std::chrono::steady_clock;
  for (int c; (c = std::getchar()) != EOF;) {
    if (c != '\n') continue;
    // A file of the round before is removed outside the time, as for every other engine.
    if (copy_case.operation == "write") {
      folder ? static_cast<void>(std::filesystem::remove_all(*folder)) : store::erase_all(*store, "");
    }
    ArrayMemory array(copy_case.array_bytes());
    Clock::time_point begin;
    std::clock_t processor_begin = 0;
    double seconds = 0, processor = 0;
    study::run_copy_case(copy_case, array.bytes(), *store, executor, [&](const char* name) {
      if (std::string_view(name) == "begin") {
        processor_begin = std::clock();
        begin = Clock::now();
      } else {
        seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        processor = static_cast<double>(std::clock() - processor_begin) / CLOCKS_PER_SEC;
      }
    });
    std::puts(json::serialize(json::object{{"seconds", seconds}, {"processor", processor}}).c_str());
    std::fflush(stdout);
  }
}

int run_copy_case(const Options& options) {
  const study::CopyTask task = study::copy_task_from_json(parse_json(options.task, "case"));
  os::ThreadExecutor executor(task.threads);
  if (options.time) {
    answer_calls(task, executor);
  } else {
    const std::unique_ptr<store::Store> store = open(task);
    ArrayMemory array(task.copy_case.array_bytes());
    study::run_copy_case(task.copy_case, array.bytes(), *store, executor, native_study::set_mark);
  }
  return 0;
}

}  // namespace

void add_copy_case_command(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("copy-case", "Runs one case of the copy study in this process");
  command->group("");
  command->add_option("case", options->task, "The case with its store, as JSON (study/copy_task.h)")->required();
  command->add_flag("--time", options->time, "Run it for each line on standard input and print its seconds");
  command->callback([options, &run] { run = [options] { return run_copy_case(*options); }; });
}

}  // namespace chunkmark::cli
