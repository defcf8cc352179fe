// Work on a lane is done in its order, all of it before wait() returns, and what it throws comes out.
#include <atomic>
#include <stdexcept>
#include <vector>

#include "native/os/thread_lane.h"
#include "unit/catch.h"

namespace chunkmark {
namespace {

using os::ThreadLane;

TEST_CASE("pieces are done in their order, however many wait") {
  ThreadLane lane;
  std::vector<int> done;
  for (int i = 0; i < 10 * static_cast<int>(ThreadLane::kMostWaiting); ++i) {
    lane.run([&done, i] { done.push_back(i); });
  }
  lane.wait();
  REQUIRE(done.size() == 10 * ThreadLane::kMostWaiting);
  for (std::size_t i = 0; i < done.size(); ++i) CHECK(done[i] == static_cast<int>(i));
  lane.wait();  // nothing is left
}

TEST_CASE("a piece that throws is the last, and its exception comes out") {
  ThreadLane lane;
  std::atomic<int> done = 0;
  lane.run([&done] { ++done; });
  lane.run([] { throw std::runtime_error("no"); });
  CHECK_THROWS_AS(lane.wait(), std::runtime_error);
  CHECK_THROWS_AS(lane.run([&done] { ++done; }), std::runtime_error);
  CHECK(done == 1);
}

TEST_CASE("a lane that ends leaves undone what was not begun") {
  std::atomic<bool> begun = false, may_end = false;
  std::atomic<int> done = 0;
  std::thread opener;
  {
    ThreadLane lane;
    lane.run([&] {
      begun = true;
      while (!may_end) std::this_thread::yield();
      ++done;
    });
    for (std::size_t i = 0; i + 1 < ThreadLane::kMostWaiting; ++i) lane.run([&done] { ++done; });
    while (!begun) std::this_thread::yield();
    opener = std::thread([&may_end] { may_end = true; });
  }
  opener.join();
  CHECK(done >= 1);
  CHECK(done <= static_cast<int>(ThreadLane::kMostWaiting));
}

}  // namespace
}  // namespace chunkmark
