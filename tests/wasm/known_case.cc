// What the tracer in WebAssembly must find: a module that does with memory what it is asked to.
//
// known.run {array_bytes, copies, small_copies, grows, after_bytes} -> {} and the capture: within the window it makes
// so many buffers with the array's bytes in them by memcpy, so many copies of 100 bytes, and one block of a quarter of
// the array that realloc doubles; after it one block more.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "base/json_members.h"
#include "wasm/bridge.h"
#include "wasm/study/result.h"
#include "wasm/trace/recorder.h"

namespace chunkmark::wasm {
namespace {

using Block = std::unique_ptr<std::byte, decltype(&std::free)>;

Block block(std::size_t bytes) {
  return {static_cast<std::byte*>(std::malloc(bytes)), &std::free};
}

__attribute__((noinline)) Block make_copy(const std::byte* array, std::size_t bytes) {
  Block copy = block(bytes);
  std::memcpy(copy.get(), array, bytes);
  return copy;
}

json::value run(const json::object& params, ByteView) {
  const auto bytes = static_cast<std::size_t>(unsigned_member(params, "array_bytes", "params"));
  Recorder recorder("known case", "2026-11-22T10:00:00Z", bytes, bytes / 8);
  const Block array = block(bytes);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < bytes; ++i) {
    state = state * 1664525 + 1013904223;
    array.get()[i] = static_cast<std::byte>(state >> 24);
  }
  recorder.mark("begin");
  std::vector<Block> copies;
  for (std::uint64_t i = unsigned_member(params, "copies", "params"); i > 0; --i) {
    // Through a pointer that may change, or it is a part of this function.
    static Block (*volatile make)(const std::byte*, std::size_t) = &make_copy;
    copies.push_back(make(array.get(), bytes));
  }
  for (std::uint64_t i = unsigned_member(params, "small_copies", "params"); i > 0; --i) {
    volatile std::size_t small = 100;  // or it is no call
    std::memcpy(array.get() + 200, array.get(), small);
  }
  if (unsigned_member(params, "grows", "params") != 0) {
    void* volatile grown = std::malloc(bytes / 4);  // or it is none
    grown = std::realloc(grown, bytes / 2);
    std::free(grown);
  }
  recorder.mark("end");
  void* volatile after = std::malloc(static_cast<std::size_t>(unsigned_member(params, "after_bytes", "params")));
  std::free(after);
  set_result(recorder.finish());
  return json::object();
}

}  // namespace

const api::MethodTable& methods() {
  static const api::MethodTable table{{"known.run", run}};
  return table;
}

}  // namespace chunkmark::wasm
