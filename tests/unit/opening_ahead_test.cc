// Objects that are opened before they are asked for: how many at once, and what of those that cannot be.
#include "native/s3/opening_ahead.h"

#include <atomic>
#include <chrono>

#include "base/error.h"
#include "native/os/thread_executor.h"
#include "storage/store/memory_store.h"
#include "unit/catch.h"

namespace chunkmark::s3 {
namespace {

// Objects "0".."n-1", each its own name; opening takes a while, as it does far away. "7" is missing, "9" fails.
class SlowStore final : public store::Store {
 public:
  explicit SlowStore(int n) {
    for (int i = 0; i < n; ++i) {
      if (i != 7) store::write_text(memory_, std::to_string(i), std::to_string(i));
    }
  }
  std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> size) override {
    return memory_.create(key, size);
  }
  std::unique_ptr<bytes::RandomAccess> open(std::string_view key) override {
    const int now = ++underway_;
    for (int most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
    }
    ++opened_;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --underway_;
    if (key == "9") throw Error(ErrorCode::kIo, "9: injected");
    return memory_.open(key);
  }
  bool erase(std::string_view key) override { return memory_.erase(key); }
  std::vector<std::string> list(std::string_view prefix) override { return memory_.list(prefix); }
  std::string location() const override { return "slow:"; }

  int most() const { return most_; }
  int opened() const { return opened_; }

 private:
  store::MemoryStore memory_;
  std::atomic<int> underway_ = 0, most_ = 0, opened_ = 0;
};

const auto kName = [](std::uint64_t i) { return std::to_string(i); };

std::string read(store::Openings& openings, std::uint64_t i) {
  try {
    const auto object = openings.open(i);
    if (!object) return "none";
    std::string text(static_cast<std::size_t>(object->size()), '?');
    object->read_at(0, std::as_writable_bytes(std::span(text)));
    return text;
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_CASE("each is what it would be if it were opened when it is asked for") {
  SlowStore store(200);
  OpeningAhead openings(store, 200, 1, kName);
  std::vector<std::string> found(200);
  os::ThreadExecutor executor(3);
  executor.parallel(200, [&](std::size_t i, unsigned) { found[i] = read(openings, i); });
  for (std::size_t i = 0; i < 200; ++i) {
    CHECK(found[i] == (i == 7 ? "none" : i == 9 ? "9: injected" : std::to_string(i)));
  }
  CHECK(store.opened() == 200);
  CHECK(store.most() > 30);  // one thread that reads would have one request underway
  CHECK(store.most() <= static_cast<int>(kMostAhead));
}

TEST_CASE("of large objects fewer are ahead, and nothing is opened for a reader who does not come") {
  SlowStore store(200);
  {
    OpeningAhead openings(store, 200, kAheadOfReadersBytes, kName);
    CHECK(read(openings, 0) == "0");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(store.most() <= static_cast<int>(kLeastAhead));
  CHECK(store.opened() <= static_cast<int>(kLeastAhead) + 1);
}

TEST_CASE("a reader may ask for a later one first") {
  SlowStore store(200);
  OpeningAhead openings(store, 200, kAheadOfReadersBytes, kName);
  CHECK(read(openings, 40) == "40");
  CHECK(read(openings, 0) == "0");
}

}  // namespace
}  // namespace chunkmark::s3
