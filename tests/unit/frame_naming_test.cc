#include "native/trace/frame_naming.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::trace {
namespace {

constexpr std::uint32_t kFrames = 700;  // several batches

__attribute__((noinline)) void function_to_find() {
  asm volatile("");
}

// All that is found, as whoever owns it takes it.
std::map<std::uint32_t, std::string> take_all(FrameNaming& naming) {
  std::map<std::uint32_t, std::string> found;
  do {
    for (const auto& [frame, symbols] : naming.take(std::chrono::milliseconds(50))) {
      found[frame] = symbols.front().function;
    }
  } while (!naming.ended());
  CHECK(naming.take(std::chrono::milliseconds(0)).empty());
  return found;
}

}  // namespace

TEST_CASE("all names have been taken once it says that it ended, whatever the other modules are") {
  const TemporaryFolder cache;
  setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
  Dl_info info;
  REQUIRE(dladdr(reinterpret_cast<void*>(&function_to_find), &info) != 0);
  const auto offset =
      reinterpret_cast<std::uintptr_t>(&function_to_find) - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  ModuleFrames own{std::filesystem::canonical(info.dli_fname).string(), {}};
  for (std::uint32_t i = 0; i < kFrames; ++i) own.frames.emplace_back(offset, i);
  FrameNaming naming({{cache.path().string(), {{0x1000, kFrames}}}, std::move(own), {"/nowhere/at.all", {{0x10, kFrames + 1}}}});
  const std::map<std::uint32_t, std::string> found = take_all(naming);
  REQUIRE(found.size() == kFrames);
  for (const auto& [frame, function] : found) CHECK(function.find("function_to_find") != std::string::npos);
  CHECK(naming.total() == kFrames + 2);
}

TEST_CASE("nothing to name has ended at once") {
  FrameNaming naming({});
  CHECK(take_all(naming).empty());
  CHECK(naming.done() == 0);
}

}  // namespace chunkmark::trace
