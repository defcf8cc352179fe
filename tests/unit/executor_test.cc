// What every executor must do, whatever its width.
#include "base/executor.h"

#include <atomic>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "native/os/thread_executor.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

using os::ThreadExecutor;

template <typename Test>
void on_every_executor(Test test) {
  InlineExecutor inline_executor;
  test(static_cast<Executor&>(inline_executor));
  for (const unsigned width : {0u, 1u, 2u, 5u}) {
    CAPTURE(width);
    ThreadExecutor threads(width);
    CHECK(threads.width() == std::max(width, 1u));
    test(static_cast<Executor&>(threads));
  }
}

TEST_CASE("every piece runs once, on a lane of the executor that runs nothing else meanwhile") {
  on_every_executor([](Executor& executor) {
    for (const std::size_t n : {0, 1, 2, 100}) {
      std::vector<std::atomic<int>> runs(n);
      std::vector<std::atomic<int>> busy(executor.width());
      std::atomic<bool> alone = true;
      executor.parallel(n, [&](std::size_t i, unsigned lane) {
        if (busy.at(lane)++ != 0) alone = false;
        ++runs[i];
        --busy[lane];
      });
      for (const std::atomic<int>& times : runs) CHECK(times == 1);
      CHECK(alone);
    }
  });
}

TEST_CASE("what is produced in any order is consumed in order, on the lane that made it") {
  on_every_executor([](Executor& executor) {
    for (const std::size_t n : {0, 1, 2, 100}) {
      std::vector<unsigned> made_on(n, 99);
      std::vector<std::size_t> consumed;  // by one at a time
      bool same_lane = true;
      executor.ordered(
          n,
          [&](std::size_t i, unsigned lane) {
            if (i % 7 == 0) std::this_thread::yield();
            made_on[i] = lane;
          },
          [&](std::size_t i, unsigned lane) {
            same_lane = same_lane && made_on[i] == lane;
            consumed.push_back(i);
          });
      std::vector<std::size_t> expected(n);
      std::iota(expected.begin(), expected.end(), std::size_t{0});
      CHECK(consumed == expected);
      CHECK(same_lane);
    }
  });
}

std::string failure_of(const std::function<void()>& call) {
  try {
    call();
    return "none";
  } catch (const std::exception& error) {
    return error.what();
  }
}

[[noreturn]] void fail_at(std::size_t i) {
  throw std::runtime_error(std::to_string(i));
}

TEST_CASE("a piece that fails is told to the caller when all have stopped, and the executor goes on") {
  on_every_executor([](Executor& executor) {
    for (const std::size_t bad : {0, 3, 49}) {
      CAPTURE(bad);
      std::atomic<int> inside = 0;
      CHECK(failure_of([&] {
              executor.parallel(50, [&](std::size_t i, unsigned) {
                ++inside;
                std::this_thread::yield();
                --inside;
                if (i == bad) fail_at(i);
              });
            }) == std::to_string(bad));
      CHECK(inside == 0);
      std::atomic<int> runs = 0;
      executor.parallel(20, [&](std::size_t, unsigned) { ++runs; });
      CHECK(runs == 20);
    }
  });
}

TEST_CASE("of several pieces that fail, the lowest is told, whatever the width") {
  on_every_executor([](Executor& executor) {
    for (int round = 0; round < 50; ++round) {
      CHECK(failure_of([&] {
              executor.parallel(50, [&](std::size_t i, unsigned) {
                if (i == 7) std::this_thread::yield();
                if (i >= 7) fail_at(i);
              });
            }) == "7");
    }
  });
}

TEST_CASE("pieces that may be parallel inside get a lane each while they fill them, and all lanes after that") {
  on_every_executor([](Executor& executor) {
    for (const std::uint64_t n : {0, 1, 2, 5, 7, 11}) {
      const std::uint64_t beside = executor.width() == 1 ? 0 : n - n % executor.width();
      std::vector<std::atomic<int>> runs(n);
      std::atomic<bool> right = true;
      for_each_piece(executor, n, [&](std::uint64_t i, Executor& inner) {
        ++runs[i];
        if (inner.width() != (i < beside ? 1 : executor.width())) right = false;
        std::atomic<int> inside = 0;
        inner.parallel(3, [&](std::size_t, unsigned) { ++inside; });
        if (inside != 3) right = false;
      });
      for (const std::atomic<int>& times : runs) CHECK(times == 1);
      CHECK(right);
      if (n < 7) continue;
      CHECK(failure_of([&] { for_each_piece(executor, n, [&](std::uint64_t i, Executor&) { fail_at(i); }); }) == "0");
    }
  });
}

TEST_CASE("in order, the first failure counts, and nothing after it is consumed") {
  on_every_executor([](Executor& executor) {
    struct Row {
      std::set<std::size_t> produce, consume;  // that fail
      std::size_t first;
    };
    for (const Row& row : {Row{{0}, {}, 0}, Row{{}, {0}, 0}, Row{{7}, {}, 7}, Row{{}, {7}, 7}, Row{{9}, {8}, 8},
                           Row{{8, 9, 10, 11}, {9}, 8}, Row{{49}, {}, 49}, Row{{}, {49}, 49}}) {
      CAPTURE(row.first);
      std::vector<std::size_t> consumed;
      CHECK(failure_of([&] {
              executor.ordered(
                  50,
                  [&](std::size_t i, unsigned) {
                    if (row.produce.contains(i)) fail_at(i);
                  },
                  [&](std::size_t i, unsigned) {
                    if (row.consume.contains(i)) fail_at(i);
                    consumed.push_back(i);
                  });
            }) == std::to_string(row.first));
      std::vector<std::size_t> expected(row.first);
      std::iota(expected.begin(), expected.end(), std::size_t{0});
      CHECK(consumed == expected);
    }
  });
}

TEST_CASE("work may be done by an executor of its own within a piece of another") {
  ThreadExecutor outer(3);
  std::atomic<int> runs = 0;
  outer.parallel(6, [&](std::size_t, unsigned) {
    ThreadExecutor inner(2);
    inner.parallel(5, [&](std::size_t, unsigned) { ++runs; });
  });
  CHECK(runs == 30);
}

TEST_CASE("an executor that did nothing ends, and many short jobs come one after the other") {
  { const ThreadExecutor idle(4); }
  ThreadExecutor threads(4);
  int jobs = 0;
  for (int i = 0; i < 500; ++i) {
    std::atomic<int> runs = 0;
    threads.parallel(3, [&](std::size_t, unsigned) { ++runs; });
    jobs += runs == 3 ? 1 : 0;
  }
  CHECK(jobs == 500);
}

}  // namespace
}  // namespace chunkmark
