// The N-th call fails as it is told to, and what fails does not reach the store beneath.
#include "storage/store/faulty_store.h"

#include "bytes/durability.h"
#include "storage/store/memory_store.h"
#include "unit/catch.h"

namespace chunkmark::store {
namespace {

struct Call {
  const char* name;
  std::function<void(Store&)> make;  // the last call that it makes is the one in question
  std::uint64_t before;              // calls that come before it
};

// A store holds "a" = "old".
const std::vector<Call>& calls() {
  static const std::vector<Call> all = {
      {"create", [](Store& store) { store.create("b", std::nullopt); }, 0},
      {"append", [](Store& store) { store.create("b", std::nullopt)->append(as_byte_view("x")); }, 1},
      {"reserve", [](Store& store) { store.create("b", std::nullopt)->reserve(3); }, 1},
      {"patch",
       [](Store& store) {
         const auto sink = store.create("b", std::nullopt);
         sink->reserve(3);
         sink->patch_at(1, as_byte_view("x"));
       },
       2},
      {"truncate", [](Store& store) { store.create("b", std::nullopt)->truncate(0); }, 1},
      {"commit", [](Store& store) { store.create("b", std::nullopt)->commit(); }, 1},
      {"open", [](Store& store) { store.open("a"); }, 0},
      {"read",
       [](Store& store) {
         std::byte byte;
         store.open("a")->read_at(0, MutableByteView(&byte, 1));
       },
       1},
      {"erase", [](Store& store) { store.erase("a"); }, 0},
      {"list", [](Store& store) { store.list(""); }, 0},
  };
  return all;
}

TEST_CASE("every call is counted and can fail, once or for good") {
  for (const Call& call : calls()) {
    for (const bool sticky : {false, true}) {
      CAPTURE(call.name, sticky);
      MemoryStore memory;
      write_text(memory, "a", "old");
      FaultyStore store(memory);
      store.fail_at(call.before, sticky);
      try {
        call.make(store);
        FAIL("did not fail");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kIo);
        CHECK(error.what() == std::string("memory:: ") + call.name + ": injected");
      }
      CHECK(store.calls() == call.before + 1);
      CHECK(memory.list("") == std::vector<std::string>{"a"});  // nothing erased, nothing committed
      CHECK(read_text(memory, "a", 10) == "old");
      if (sticky) {
        CHECK_THROWS_AS(store.list(""), Error);
      } else {
        CHECK_NOTHROW(store.list(""));
      }
      store.heal();
      CHECK(store.calls() == 0);
      CHECK_NOTHROW(call.make(store));
      CHECK(store.calls() == call.before + 1);
    }
  }
}

TEST_CASE("a sink that failed can be dropped or tried again; its object is the old one until it commits") {
  MemoryStore memory;
  write_text(memory, "a", "old");
  FaultyStore store(memory);
  {
    const auto dropped = store.create("a", std::nullopt);
    store.fail_at(0, false);
    CHECK_THROWS_AS(dropped->append(as_byte_view("new")), Error);
  }
  CHECK(read_text(memory, "a", 10) == "old");
  const auto sink = store.create("a", std::nullopt);
  sink->append(as_byte_view("new"));
  store.fail_at(0, false);
  CHECK_THROWS_AS(sink->commit(), Error);
  CHECK(read_text(memory, "a", 10) == "old");
  sink->commit();
  CHECK(read_text(memory, "a", 10) == "new");
}

TEST_CASE("an object that is not there is null, not a failure") {
  MemoryStore memory;
  FaultyStore store(memory);
  CHECK(store.open("a") == nullptr);
  CHECK_FALSE(store.erase("a"));
  CHECK(store.calls() == 2);
}

TEST_CASE("a text is read up to the size that the caller allows") {
  MemoryStore memory;
  write_text(memory, "a", "12345");
  CHECK(read_text(memory, "a", 5) == "12345");
  CHECK_THROWS_WITH(read_text(memory, "a", 4), "a: expected at most 4 bytes, found 5");
  CHECK(read_text(memory, "b", 4) == std::nullopt);
}

TEST_CASE("levels of durability have names, and are found by them") {
  for (const bytes::Durability level :
       {bytes::Durability::kNone, bytes::Durability::kProcessCrash, bytes::Durability::kPowerLoss}) {
    CHECK(bytes::parse_durability(bytes::durability_name(level)) == level);
  }
  for (const char* name : {"", "fsync", "None", "power-loss"}) CHECK_FALSE(bytes::parse_durability(name));
}

}  // namespace
}  // namespace chunkmark::store
