// Frames of another tool's file get names only of the very file that was loaded.
#include "native/trace/loaded_modules.h"

#include <link.h>

#include <chrono>
#include <filesystem>

#include "unit/catch.h"

namespace chunkmark::trace {
namespace {

[[gnu::noinline]] void looked_up() {
  asm volatile("nop");
}

struct Own {
  std::string path = std::filesystem::read_symlink("/proc/self/exe");
  std::uint64_t base = 0;
  capture::LoadedModule module{1, {}};

  Own() {
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* to) {
          Own& own = *static_cast<Own*>(to);
          own.base = info->dlpi_addr;
          for (int i = 0; i < info->dlpi_phnum; ++i) {
            const auto& segment = info->dlpi_phdr[i];
            if (segment.p_type == PT_LOAD) own.module.segments.emplace_back(segment.p_vaddr, segment.p_memsz);
          }
          return 1;  // the first is the program
        },
        this);
  }

  std::string named(std::int64_t loaded_ms) const {
    capture::StackTree stacks;
    stacks.modules.push_back(path);
    const std::uint64_t offset = reinterpret_cast<std::uintptr_t>(&looked_up) - base;
    stacks.frames.push_back({capture::FrameKind::kNative, 1, offset + 1, {}});
    name_loaded_frames(stacks, std::vector{module}, loaded_ms);
    const auto& symbols = stacks.frames[1].symbols;
    return symbols.empty() ? "" : stacks.strings.at(symbols.front().function);
  }
};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TEST_CASE("a module that is as it was loaded tells the names of its frames; any other does not") {
  looked_up();
  Own own;
  CHECK_THAT(own.named(now_ms()), has_text("looked_up"));
  CHECK(own.named(1'000'000) == "");  // changed since 1970
  own.module.segments.back().second += 1;
  CHECK(own.named(now_ms()) == "");
  own.module.segments.clear();
  CHECK(own.named(now_ms()) == "");
  own.path = "/proc/self/no-such-file";
  CHECK(own.named(now_ms()) == "");
}

}  // namespace
}  // namespace chunkmark::trace
