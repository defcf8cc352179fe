#include "wasm/trace/stacks.h"

#include <emscripten.h>

#include <algorithm>
#include <string>

#include "wasm/host_text.h"

// JavaScript reads the stack (web/src/study/traced_host.ts) and numbers the frames that it finds; innermost first.
// clang-format off
EM_JS(int, chunkmark_stack_take, (int* into, int most), {
  const numbers = Module["host"].takeStack(most);
  const at = into >> 2;
  numbers.forEach((number, i) => { HEAP32[at + i] = number; });
  return numbers.length;
});
EM_JS(double, chunkmark_frame_offset, (int number), { return Module["host"].frame(number).offset; });
// clang-format on

namespace chunkmark::wasm {
namespace {

constexpr int kMaxFrames = 256;

}  // namespace

Stacks::Stacks(capture::CaptureWriter& writer) : writer_(writer), module_(writer.add_module("chunkmark-traced.wasm")) {}

std::uint32_t Stacks::frame_of(std::size_t number) {
  if (number >= frames_.size()) frames_.resize(number + 1);
  std::uint32_t& frame = frames_[number];
  if (frame == 0) {
    const int given = static_cast<int>(number);
    frame = writer_.add_native_frame(module_, static_cast<std::uint64_t>(chunkmark_frame_offset(given)));
    symbols_.push_back({frame, {{host_text("frameName", given), "", 0}}});
  }
  return frame;
}

std::uint32_t Stacks::current() {
  int numbers[kMaxFrames];
  std::uint32_t node = 0;
  for (int i = chunkmark_stack_take(numbers, kMaxFrames); i-- > 0;) {
    const std::uint32_t frame = frame_of(static_cast<std::size_t>(numbers[i]));
    std::uint32_t& child = nodes_[{node, frame}];
    if (child == 0) child = writer_.add_node(node, frame);
    node = child;
  }
  return node;
}

}  // namespace chunkmark::wasm
