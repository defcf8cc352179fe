#include "wasm/trace/recorder.h"

#include <emscripten.h>

#include <algorithm>
#include <string>

namespace chunkmark::wasm {
namespace {

using capture::EventKind;

constexpr std::size_t kWasmPageBytes = 65536;

// Zero before any constructor runs: allocations come earlier than those.
Recorder* g_recorder;
bool g_busy;

class Busy {
 public:
  Busy() : before_(g_busy) { g_busy = true; }
  ~Busy() { g_busy = before_; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool before_;
};

json::object meta(std::string_view command, std::string_view started, std::uint64_t array_bytes) {
  return {{"format", "chunkmark-capture"},
          {"version", capture::kCaptureVersion},
          {"command", {command}},
          {"command_line", command},
          {"started", started},
          {"array_bytes", array_bytes},
          {"page_bytes", kWasmPageBytes},
          {"host", "wasm"},
          {"stack_bytes", kStackBytes}};
}

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

std::uint64_t heap_bytes() {
  return __builtin_wasm_memory_size(0) * std::uint64_t{kWasmPageBytes};
}

}  // namespace

Recorder* recording() {
  return g_busy ? nullptr : g_recorder;
}

Recorder::Recorder(std::string_view command, std::string_view started, std::uint64_t array_bytes,
                   std::uint64_t print_bytes)
    : writer_([this](ByteView bytes) { capture_.insert(capture_.end(), bytes.begin(), bytes.end()); },
              meta(command, started, array_bytes)),
      stacks_(writer_),
      prints_(print_bytes,
              [this](const capture::ContentPrint& print) {
                capture::ContentPrint timed = print;
                timed.time_ns = now_ns();
                writer_.add_print(0, timed);
              }),
      start_ms_(emscripten_get_now()),
      initial_heap_bytes_(heap_bytes()) {
  writer_.add_process(0, 1, 0, command);
  g_recorder = this;
}

// Before the members go: nothing that they free is recorded.
Recorder::~Recorder() {
  g_recorder = nullptr;
}

std::uint64_t Recorder::now_ns() {
  const auto now = static_cast<std::uint64_t>((emscripten_get_now() - start_ms_) * 1e6);
  return last_ns_ = std::max(now, last_ns_ + 1);
}

void Recorder::note_heap() {
  if (heap_bytes() == heap_bytes_) return;
  heap_bytes_ = heap_bytes();
  writer_.add_sample(0, {now_ns(), heap_bytes_, 0});
}

void Recorder::add(EventKind kind, std::uint64_t address, std::uint64_t bytes, std::uint64_t source, bool with_stack) {
  const std::uint32_t stack = with_stack ? stacks_.current() : 0;
  note_heap();
  writer_.add_event(0, {kind, 0, stack, now_ns(), address, bytes, source});
}

void Recorder::born(EventKind kind, const void* block, std::size_t bytes) {
  const Busy busy;
  if (block != nullptr) prints_.born(address_of(block), bytes);
  add(kind, address_of(block), bytes, 0, bytes >= kStackBytes);
}

void Recorder::ended(EventKind kind, const void* block) {
  const Busy busy;
  prints_.ended(address_of(block));
  add(kind, address_of(block), 0, 0, false);
}

void Recorder::copied(const void* to, const void* from, std::size_t bytes) {
  if (bytes < kStackBytes) {
    ++small_copies_;
    small_copy_bytes_ += bytes;
    return;
  }
  const Busy busy;
  add(EventKind::kCopy, address_of(to), bytes, address_of(from), true);
}

void Recorder::transferred(EventKind kind, std::size_t bytes) {
  const Busy busy;
  add(kind, 0, bytes, 0, bytes >= kStackBytes);
}

void Recorder::mark(const char* name) {
  const Busy busy;
  prints_.at_mark(name);
  note_heap();
  writer_.add_mark(0, {name, 0, now_ns(), small_copies_, small_copy_bytes_, heap_bytes(), 0});
}

std::vector<std::byte> Recorder::finish() {
  const Busy busy;
  g_recorder = nullptr;
  prints_.at_end();
  writer_.flush();  // the frames before their names
  writer_.add_symbols(stacks_.symbols());
  writer_.finish({{"duration_ns", now_ns()},
                  {"exit_status", 0},
                  {"processes",
                   {{{"process", 0},
                     {"pid", 1},
                     {"small_copies", small_copies_},
                     {"small_copy_bytes", small_copy_bytes_},
                     {"resident_high_water_bytes", heap_bytes()},
                     {"inherited_bytes", initial_heap_bytes_}}}},
                  {"unnamed_frames", 0},
                  {"untraced_processes", 0},
                  {"untraced", json::array()},
                  {"allocators", json::array()}});
  return std::move(capture_);
}

}  // namespace chunkmark::wasm

// What crosses between the module's memory and JavaScript's, told by the one place there that sees all of it
// (web/src/storage/host.ts). `in`: 1 into the module, 0 out of it.
extern "C" void chunkmark_moved(int in, std::size_t bytes) {
  using chunkmark::capture::EventKind;
  if (chunkmark::wasm::Recorder* recorder = chunkmark::wasm::recording(); recorder != nullptr && bytes > 0)
    recorder->transferred(in != 0 ? EventKind::kTransferIn : EventKind::kTransferOut, bytes);
}
