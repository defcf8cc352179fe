#include "native/trace/symbolizer.h"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::trace {
namespace {

// A place in a module's file, as the tracer records it.
struct Place {
  std::string module;
  std::uint64_t offset;
};

Place place_of(const void* address) {
  Dl_info info;
  REQUIRE(dladdr(address, &info) != 0);
  const auto offset = reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  return {std::filesystem::canonical(info.dli_fname).string(), offset};
}

__attribute__((noinline)) const void* caller_of_this() {
  return static_cast<const char*>(__builtin_return_address(0)) - 1;  // within the call, not after it
}

constexpr std::uint32_t kLeafLine = __LINE__ + 2;
__attribute__((always_inline)) inline const void* inlined_leaf() {
  const void* address = caller_of_this();
  asm volatile("" : "+r"(address));  // no tail call
  return address;
}

constexpr std::uint32_t kMiddleLine = __LINE__ + 2;
__attribute__((always_inline)) inline const void* inlined_middle() {
  return inlined_leaf();
}

constexpr std::uint32_t kOuterLine = __LINE__ + 2;
__attribute__((noinline)) const void* called_outer() {
  return inlined_middle();
}

// The cache of this test alone.
struct CacheFolder {
  TemporaryFolder folder;
  CacheFolder() { setenv("XDG_CACHE_HOME", folder.path().c_str(), 1); }
  ~CacheFolder() { unsetenv("XDG_CACHE_HOME"); }
};

void check_inlined(const std::vector<capture::Symbol>& symbols) {
  REQUIRE(symbols.size() == 3);
  const char* const names[] = {"inlined_leaf", "inlined_middle", "called_outer"};
  const std::uint32_t lines[] = {kLeafLine, kMiddleLine, kOuterLine};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_THAT(symbols[i].function, Catch::Matchers::EndsWith(names[i]));
    CHECK_THAT(symbols[i].file, Catch::Matchers::EndsWith("symbolizer_test.cc"));
    CHECK(symbols[i].line == lines[i]);
  }
}

TEST_CASE("inlined functions come out, innermost first, each at its own line; from the cache as well") {
  const CacheFolder cache;
  const Place place = place_of(called_outer());
  for (int reading = 0; reading < 2; ++reading) {
    check_inlined(Symbolizer(place.module).resolve(place.offset));
  }
  CHECK_FALSE(std::filesystem::is_empty(symbol_cache_folder()));
}

TEST_CASE("a module without debug information, without symbols or without a file fails nothing") {
  const CacheFolder cache;
  const Place qsort_place = place_of(reinterpret_cast<const void*>(&std::qsort));
  const std::vector<capture::Symbol> known = Symbolizer(qsort_place.module).resolve(qsort_place.offset);
  REQUIRE_FALSE(known.empty());
  CHECK(known.back().function.find("qsort") != std::string::npos);
  const std::string garbage = (cache.folder.path() / "garbage.so").string();
  std::ofstream(garbage) << "\x7f"
                            "ELF and no more";
  for (const std::string& module : {garbage, std::string("/does/not/exist.so"), std::string("[vdso]"), std::string()}) {
    CHECK(Symbolizer(module).resolve(0x1234).empty());
  }
  CHECK(Symbolizer(qsort_place.module).resolve(~std::uint64_t{0}).empty());
}

TEST_CASE("a damaged cache is as good as none") {
  const CacheFolder cache;
  const auto fill = [] { SymbolCache("k").add(7, {{"f", "a.cc", 3}}); };
  fill();
  const std::filesystem::path file = symbol_cache_folder() / "k";
  const auto size = std::filesystem::file_size(file);
  REQUIRE(SymbolCache("k").find(7) != nullptr);
  for (std::uintmax_t kept = 0; kept < size; ++kept) {
    std::filesystem::resize_file(file, kept);
    CHECK(SymbolCache("k").find(7) == nullptr);
    fill();
    CHECK(SymbolCache("k").find(7) != nullptr);
  }
}

TEST_CASE("processes that write the same cache at one time leave a whole one") {
  const CacheFolder cache;
  constexpr int kWriters = 8;
  for (int writer = 0; writer < kWriters; ++writer) {
    if (fork() != 0) continue;
    for (int round = 0; round < 20; ++round) {
      SymbolCache symbols("k");
      for (std::uint64_t offset = 0; offset < 500; ++offset) {
        symbols.add(offset, {{"function" + std::to_string(offset), "a.cc", static_cast<std::uint32_t>(writer)}});
      }
    }
    _exit(0);
  }
  for (int writer = 0; writer < kWriters; ++writer) {
    int status = 0;
    REQUIRE(wait(&status) > 0);
    CHECK(status == 0);
  }
  const SymbolCache symbols("k");
  for (std::uint64_t offset = 0; offset < 500; ++offset) {
    REQUIRE(symbols.find(offset) != nullptr);
    CHECK(symbols.find(offset)->front().function == "function" + std::to_string(offset));
    CHECK(symbols.find(offset)->front().line == symbols.find(0)->front().line);  // of one writer
  }
  CHECK(std::distance(std::filesystem::directory_iterator(symbol_cache_folder()), {}) == 1);  // nothing left over
}

TEST_CASE("the folder is bounded: what was used longest ago goes first") {
  const TemporaryFolder folder;
  const auto now = std::filesystem::file_time_type::clock::now();
  for (int age = 1; age <= 5; ++age) {
    const std::filesystem::path file = folder.path() / std::to_string(age);
    std::ofstream(file) << std::string(100, 'x');
    std::filesystem::last_write_time(file, now - std::chrono::hours(age));
  }
  remove_oldest(folder.path(), 250);
  for (int age = 1; age <= 5; ++age) {
    CHECK(std::filesystem::exists(folder.path() / std::to_string(age)) == (age <= 2));
  }
}

}  // namespace
}  // namespace chunkmark::trace
