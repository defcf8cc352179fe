// The tracer on programs whose memory use is known.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/json.h"
#include "native/study/child_process.h"
#include "trace/traced.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

using trace::check_about;
using trace::kMegabyte;
using trace::number;
using trace::trace;
using trace::Traced;

TEST_CASE("blocks, copies and the site that made them") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "blocks"});
  CHECK(traced.exit_status == 0);
  check_about(number(traced, "peak_heap_bytes"), 189 * kMegabyte);
  check_about(number(traced, "bytes_copied"), 89 * kMegabyte);
  check_about(number(traced, "scratch_bytes"), 89 * kMegabyte);
  // Both blocks come from one line, so they are one call site of 1.89 arrays: two buffers, one of them extra.
  CHECK(number(traced, "extra_copies") == 1);
  const json::object& site = traced.figures.at("buffers_at_peak").as_array().at(0).as_object();
  CHECK(site.at("blocks").to_number<int>() == 2);
  CHECK(site.at("site").get_string().find("make_block") != json::string::npos);
  CHECK(site.at("site").get_string().find("target.cc:") != json::string::npos);
}

TEST_CASE("what was there before begin is told apart from the copies") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "old_arenas"});
  CHECK(number(traced, "extra_copies") == 1);
  const json::array& buffers = traced.figures.at("buffers_at_peak").as_array();
  const auto check = [&](std::size_t i, const char* site, double megabytes, double before) {
    CHECK(buffers.at(i).at("site").as_string().find(site) != json::string::npos);
    CHECK(buffers.at(i).at("bytes").to_number<double>() == megabytes * kMegabyte);
    CHECK(buffers.at(i).at("bytes_before").to_number<double>() == before * kMegabyte);
  };
  check(0, "make_arena", 600, 600);
  check(1, "make_block", 189, 100);
}

TEST_CASE("the terminal names what counts, and says of the rest that it is older") {
  const std::string capture =
      (std::filesystem::temp_directory_path() / ("chunkmark-old-" + std::to_string(getpid()) + ".cmk")).string();
  const auto shell = [&](const std::string& words) {
    return native_study::run_child({"/bin/sh", "-c", "exec 2>&1; exec " CHUNKMARK_PROGRAM " " + words}).out;
  };
  const std::string traced =
      shell("trace --array-bytes 100000000 -o " + capture + " -- " CHUNKMARK_TRACE_TARGET " old_arenas");
  const std::string inspected = shell("inspect " + capture);
  std::filesystem::remove(capture);
  CAPTURE(traced, inspected);
  CHECK(traced.find("1 extra copy of") != std::string::npos);
  CHECK(traced.find("189.0 MB in 2 blocks: make_block") != std::string::npos);
  CHECK(traced.find(", 100.0 MB of it before begin, the array among them\n") != std::string::npos);
  CHECK(traced.find("make_arena") == std::string::npos);
  CHECK(inspected.find("600.0 MB in 4: make_arena") != std::string::npos);
  CHECK(inspected.find(", there before begin\n") != std::string::npos);
}

TEST_CASE("transfers and copies are counted once, whichever function makes them") {
  struct Row {
    const char* name;
    double in, out, copied;
  };
  const Row rows[] = {
      {"transfers", 2 * kMegabyte, 3 * kMegabyte, 0},
      {"stdio", 4100, 4100, 0},
      {"memory_streams", 0, 0, 0},
      {"sockets", 7000, 7000, 0},
      {"files", 4000, 6000, 0},
      {"copy_functions", 0, 0, 100000},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Traced traced = trace({CHUNKMARK_TRACE_TARGET, row.name});
    CHECK(traced.exit_status == 0);
    CHECK(number(traced, "bytes_in") == row.in);
    CHECK(number(traced, "bytes_out") == row.out);
    CHECK(number(traced, "bytes_copied") == row.copied);
  }
}

TEST_CASE("the tracer's own functions stand on no stack") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "stdio"});  // whose real functions allocate their buffers
  bool printed = false;
  for (const json::value& buffer : traced.figures.at("buffers_at_peak").as_array()) {
    for (const json::value& frame : buffer.at("stack").as_array()) {
      CHECK(frame.as_string().find("native/trace/preload") == json::string::npos);
      printed |= frame.as_string().starts_with("stdio ");
    }
  }
  CHECK(printed);
}

TEST_CASE("every way to allocate is seen, and every way that it ends") {
  constexpr double kMiB = 1 << 20;
  struct Row {
    const char* name;
    double allocations, peak_heap_bytes, live_at_end_bytes;
  };
  const Row rows[] = {
      {"allocators", 12, 12 * kMegabyte, 6 * kMegabyte},
      {"reservations", 2, 10 * kMiB, 6 * kMiB},
      {"moved_mappings", 7, 16 * kMiB, 4 * kMiB},
      {"signals", 1000, kMegabyte, 0},
      {"spawns", 1, 3 * kMegabyte, 0},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Traced traced = trace({CHUNKMARK_TRACE_TARGET, row.name});
    CHECK(traced.exit_status == 0);
    CHECK(number(traced, "allocations") == row.allocations);
    check_about(number(traced, "peak_heap_bytes"), row.peak_heap_bytes);
    check_about(number(traced, "live_at_end_bytes"), row.live_at_end_bytes);
  }
}

TEST_CASE("stacks that differ only far out are told apart, however alike they are") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "callers"});
  std::map<std::string, int> blocks;
  for (const json::value& buffer : traced.figures.at("buffers_at_peak").as_array()) {
    const std::string site(buffer.at("site").as_string());
    blocks[site.substr(0, site.find(' '))] = buffer.at("blocks").to_number<int>();
  }
  CHECK(blocks["by_left"] == 100);
  CHECK(blocks["by_right"] == 100);
}

TEST_CASE("stacks that differ only beyond a function that realigns its own are told apart") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "realigning_callers"});
  std::string most;  // of the stacks at the peak, the one that holds most bytes
  for (const json::value& frame : traced.figures.at("buffers_at_peak").at(0).at("stack").as_array()) {
    most += std::string(frame.as_string()) + '\n';
  }
  CHECK(most.find("realigned_by<128") != std::string::npos);
}

TEST_CASE("what a thread does while it ends is seen") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "ending_threads"});
  CHECK(number(traced, "allocations") >= 100);
  check_about(number(traced, "peak_heap_bytes"), 2 * kMegabyte);
  check_about(number(traced, "live_at_end_bytes"), 0);
}

TEST_CASE("a program that replaces itself is traced on, with a heap of its own") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "executes"});
  CHECK(traced.exit_status == 0);
  check_about(number(traced, "peak_heap_bytes"), 7 * kMegabyte);
}

// A thread-local variable of the general kind is allocated at its first use, inside the allocator.
TEST_CASE("the preload library's thread-local variables are reached without a call") {
  const native_study::ChildOutput symbols =
      native_study::run_child({"nm", "-D", "--undefined-only", CHUNKMARK_PRELOAD});
  REQUIRE(symbols.exit_status == 0);
  CHECK(symbols.out.find("_dl_find_object") != std::string::npos);
  CHECK(symbols.out.find("__tls_get_addr") == std::string::npos);
}

TEST_CASE("limits that leave no room for tracing are told") {
  const std::string traced = std::string(CHUNKMARK_PROGRAM) + " trace -o /dev/null -- true 2>&1";
  const native_study::ChildOutput output = native_study::run_child({"/bin/sh", "-c", "ulimit -f 100; " + traced});
  CHECK(output.exit_status == 125);
  CHECK(output.out.find("cannot make shared memory: File too large") != std::string::npos);

  // The shared memory of a process takes more room than this one has.
  const Traced limited = trace({"/bin/sh", "-c", "ulimit -v 45000; cat /dev/null; true"});
  CHECK(limited.exit_status == 0);
  CHECK(limited.figures.at("findings").as_array().at(0).as_string() == "1 process found no room and ran untraced");
}

TEST_CASE("a set-user-ID program runs untraced, with the reason", "[.root]") {
  if (geteuid() != 0) cannot_run("root, who alone can make another user's program");
  const std::string program =
      (std::filesystem::temp_directory_path() / ("chunkmark-setuid-" + std::to_string(getpid()))).string();
  std::filesystem::copy_file("/bin/true", program);
  REQUIRE(chown(program.c_str(), 1, 1) == 0);
  REQUIRE(chmod(program.c_str(), 04755) == 0);
  const native_study::ChildOutput output =
      native_study::run_child({"/bin/sh", "-c", std::string(CHUNKMARK_PROGRAM) + " trace -- " + program + " 2>&1"});
  CHECK(output.exit_status == 0);
  CHECK(output.out.find("cannot be traced and runs untraced: it is set-user-ID") != std::string::npos);
  std::filesystem::remove(program);
}

TEST_CASE("copies below the stack threshold are counted") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "small_copies"});
  CHECK(number(traced, "copies") == 1000);
  CHECK(number(traced, "bytes_copied") == 16000);
}

TEST_CASE("a window of microseconds has resident memory") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "small_copies"});
  const json::object& resident = traced.figures.at("resident").as_object();
  CHECK(resident.at("anonymous_bytes").to_number<double>() > 4096);
  CHECK(resident.at("file_bytes").to_number<double>() > 4096);
}

TEST_CASE("realloc's growth peaks at its last size") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "growth"});
  check_about(number(traced, "peak_heap_bytes"), 32 * kMegabyte);
}

TEST_CASE("anonymous mappings count, reservations without access do not") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "mappings"});
  check_about(number(traced, "peak_heap_bytes"), 20 * 1048576.0);
  check_about(number(traced, "live_at_end_bytes"), 10 * 1048576.0);
  CHECK(number(traced, "malloc_peak_bytes") < 0.2 * kMegabyte);
}

TEST_CASE("an allocator that maps its blocks is not counted twice") {
  const std::string script = std::string("LD_PRELOAD=$LD_PRELOAD:") + CHUNKMARK_MAPPING_ALLOCATOR + " exec ";
  const Traced traced = trace({"/bin/sh", "-c", script + CHUNKMARK_TRACE_TARGET + " growth"});
  CHECK(traced.exit_status == 0);
  check_about(number(traced, "peak_heap_bytes"), 32 * kMegabyte);
  check_about(number(traced, "malloc_peak_bytes"), 32 * kMegabyte);
}

TEST_CASE("threads: every block is seen, once") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "threads"});
  CHECK(number(traced, "allocations") >= 8 * 20001);
  CHECK(number(traced, "allocations") < 8 * 20001 + 200);
  check_about(number(traced, "live_at_end_bytes"), 40 * kMegabyte);
}

TEST_CASE("a forked child is a process of its own, with a heap of its own") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "forks"});
  check_about(number(traced, "peak_heap_bytes"), 30 * kMegabyte);  // the child's, which set the marks
  CHECK(traced.figures.at("findings").as_array().at(0).as_string().starts_with("2 processes were traced"));
}

TEST_CASE("after a vfork the parent goes on being traced") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "vforks"});
  CHECK(traced.exit_status == 0);
  check_about(number(traced, "peak_heap_bytes"), 7 * kMegabyte);
}

TEST_CASE("after dlopen frames still have names") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "opens_library"});
  const json::object& site = traced.figures.at("buffers_at_peak").as_array().at(0).as_object();
  CHECK(site.at("site").get_string().find("make_block") != json::string::npos);
}

TEST_CASE("a killed program keeps what it did, and its status is the shell's") {
  const Traced traced = trace({CHUNKMARK_TRACE_TARGET, "killed"});
  CHECK(traced.exit_status == 128 + 9);
  check_about(number(traced, "peak_heap_bytes"), 6 * kMegabyte);
}

TEST_CASE("the exit status is the command's, the gate's, or 125") {
  struct Row {
    std::vector<std::string> command, options;
    int status;
  };
  const Row rows[] = {
      {{"/bin/sh", "-c", "exit 7"}, {}, 7},
      {{"/bin/sh", "-c", "kill -15 $$"}, {}, 128 + 15},
      {{CHUNKMARK_TRACE_TARGET, "blocks"}, {"--array-bytes", "100000000", "--max-copies", "1"}, 0},
      {{CHUNKMARK_TRACE_TARGET, "blocks"}, {"--array-bytes", "100000000", "--max-copies", "0"}, 1},
      {{"/no/such/program"}, {}, 125},
      {{CHUNKMARK_TRACE_TARGET, "small_copies"}, {"--array-bytes", "100000000", "--max-copies", "9"}, 125},
      {{CHUNKMARK_TRACE_TARGET, "blocks"}, {"--array-bytes", "0"}, 2},
      {{CHUNKMARK_TRACE_TARGET, "blocks"}, {"--array-bytes", "100000000", "--max-copies", "-1"}, 2},
  };
  for (const Row& row : rows) CHECK(trace(row.command, row.options).exit_status == row.status);
}

TEST_CASE("with --json there is one document on standard output, and nothing else") {
  const std::string capture =
      (std::filesystem::temp_directory_path() / ("chunkmark-json-" + std::to_string(getpid()) + ".cmk")).string();
  const native_study::ChildOutput output =
      native_study::run_child({CHUNKMARK_PROGRAM, "trace", "--json", "-o", capture, "--", "echo", "printed"});
  CHECK(output.exit_status == 0);
  CHECK(parse_json(output.out, "trace").at("command") == "echo printed");
  std::filesystem::remove(capture);
}

TEST_CASE("a killed launcher leaves a capture that reads, and the program runs to its end") {
  const std::string stem =
      (std::filesystem::temp_directory_path() / ("chunkmark-killed-" + std::to_string(getpid()))).string();
  // The program outlives its tracer: it fills the ring several times over after the tracer is gone.
  const std::string script = std::string(CHUNKMARK_PROGRAM) + " trace -o " + stem + ".cmk -- sh -c '" +
                             CHUNKMARK_TRACE_TARGET + " endures && touch " + stem + ".done' 2>/dev/null & " +
                             "launcher=$!; sleep 1.7; kill -9 $launcher; " + "for i in $(seq 100); do [ -e " + stem +
                             ".done ] && exit 0; sleep 0.2; done; exit 1";
  CHECK(native_study::run_child({"/bin/sh", "-c", script}).exit_status == 0);
  const native_study::ChildOutput output =
      native_study::run_child({CHUNKMARK_PROGRAM, "inspect", "--json", stem + ".cmk"});
  REQUIRE(output.exit_status == 1);  // the capture is not whole
  const json::value figures = parse_json(output.out, "inspect");
  CHECK(figures.at("allocations").to_number<int>() > 1000);
  CHECK(figures.at("peak_heap_bytes").to_number<double>() > 0);
  CHECK(figures.at("known_until_ms").to_number<double>() > 0);
  CHECK(figures.at("live_at_end_bytes").is_null());
  CHECK(figures.at("findings").as_array().at(0).as_string().find("cut off") != json::string::npos);
  std::filesystem::remove(stem + ".cmk");
  std::filesystem::remove(stem + ".done");
}

TEST_CASE("a signal to the launcher ends the command, and the capture is complete") {
  const std::string stem =
      (std::filesystem::temp_directory_path() / ("chunkmark-signal-" + std::to_string(getpid()))).string();
  for (const int signal : {SIGTERM, SIGHUP}) {
    const std::string script = std::string(CHUNKMARK_PROGRAM) + " trace -o " + stem + ".cmk -- " +
                               CHUNKMARK_TRACE_TARGET + " waits >" + stem + ".out 2>/dev/null & launcher=$!; " +
                               "until [ -s " + stem + ".out ]; do sleep 0.02; done; kill -" + std::to_string(signal) +
                               " $launcher; wait $launcher";
    CHECK(native_study::run_child({"/bin/sh", "-c", script}).exit_status == 128 + signal);
    const native_study::ChildOutput output =
        native_study::run_child({CHUNKMARK_PROGRAM, "inspect", "--json", stem + ".cmk"});
    REQUIRE(output.exit_status == 0);
    const json::value figures = parse_json(output.out, "inspect");
    const json::array& findings = figures.at("findings").as_array();  // it was ended before its mark
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].as_string() == "the command ended with status " + std::to_string(128 + signal));
    CHECK(findings[1].as_string().find("found begin: the figures are of the first begin to the end of the run") !=
          json::string::npos);  // not cut off
    CHECK(figures.at("peak_heap_bytes").to_number<double>() >= 6 * kMegabyte);
    std::filesystem::remove(stem + ".cmk");
    std::filesystem::remove(stem + ".out");
  }
}

TEST_CASE("a command that cannot run leaves an older capture as it was") {
  const std::string capture =
      (std::filesystem::temp_directory_path() / ("chunkmark-kept-" + std::to_string(getpid()) + ".cmk")).string();
  std::ofstream(capture) << "precious";
  CHECK(native_study::run_child({CHUNKMARK_PROGRAM, "trace", "-o", capture, "--", "no-such-program"}).exit_status ==
        125);
  CHECK(std::filesystem::file_size(capture) == 8);
  std::filesystem::remove(capture);
}

}  // namespace
}  // namespace chunkmark
