#include "native/trace/preload/recorder.h"

#include <string.h>

#include "native/trace/clock.h"
#include "native/trace/preload/ring_writer.h"
#include "native/trace/preload/stacks.h"
#include "native/trace/preload/system_calls.h"
#include "native/trace/resident_status.h"
#include "native/trace/ring.h"

extern char** environ;

namespace chunkmark::trace {

__thread ThreadState t_state __attribute__((tls_model("initial-exec")));

namespace {

// What a fork wipes. Zero is "not attached yet".
struct State {
  std::uint64_t status;      // 0, kAttached or kOff
  std::uint64_t generation;  // differs between a process and its forked child
  RingWriter ring;
  Stacks stacks;
};
constexpr std::uint64_t kAttached = 1, kOff = 2, kAttaching = 3;

State* g_state;  // one wipe-on-fork mapping
std::uint64_t g_generation;

const char* ring_path() {
  if (environ == nullptr) return nullptr;
  constexpr std::size_t kLength = sizeof kRingVariable - 1;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (strncmp(*entry, kRingVariable, kLength) == 0 && (*entry)[kLength] == '=') return *entry + kLength + 1;
  }
  return nullptr;
}

void read_command(char* out) {
  const int file = sys_open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const long got = syscall(SYS_read, file, out, kCommandBytes - 1);
  syscall(SYS_close, file);
  for (long i = 0; i + 1 < got; ++i) {
    if (out[i] == '\0') out[i] = ' ';
  }
}

void read_resident(std::uint64_t& anonymous_bytes, std::uint64_t& file_bytes) {
  const int file = sys_open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char text[4096];
  const long got = syscall(SYS_read, file, text, sizeof text);
  syscall(SYS_close, file);
  if (got <= 0) return;
  const std::string_view status(text, static_cast<std::size_t>(got));
  read_status_field(status, "RssAnon:", anonymous_bytes);
  read_status_field(status, "RssFile:", file_bytes);
}

// Claims a free slot of the shared memory; false if there is none or it is not ours.
bool claim_slot(const char* path, RingWriter& ring) {
  const int file = sys_open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  void* mapped = sys_map(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  bool claimed = false;
  if (mapped != nullptr) {
    auto* control = static_cast<Control*>(mapped);
    if (control->magic == kRingMagic && control->slot_bytes == sizeof(Slot) && control->active.load() != 0) {
      claimed = ring.attach(file, control, path);
      if (!claimed) control->refused.fetch_add(1);
    }
  }
  syscall(SYS_close, file);
  return claimed;
}

__attribute__((noinline, cold)) bool attach() {
  if (environ == nullptr) return false;  // too early in the life of the process: try again at the next call
  if (g_state == nullptr) {
    void* mapped = sys_map(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == nullptr) return false;
    syscall(SYS_madvise, mapped, sizeof(State), MADV_WIPEONFORK);
    State* expected = nullptr;
    // Threads do not exist yet in practice; if they did, the loser only leaks a page.
    __atomic_compare_exchange_n(&g_state, &expected, static_cast<State*>(mapped), false, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
  }
  State& state = *g_state;
  std::uint64_t expected = 0;
  if (!__atomic_compare_exchange_n(&state.status, &expected, kAttaching, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    return expected == kAttached;
  }
  const char* path = ring_path();
  state.generation = __atomic_add_fetch(&g_generation, 1, __ATOMIC_RELAXED);
  bool attached = false;
  if (path != nullptr && claim_slot(path, state.ring)) {
    read_command(state.ring.slot()->command);
    state.ring.slot()->pid = static_cast<std::int32_t>(syscall(SYS_getpid));
    state.ring.slot()->parent_pid = static_cast<std::int32_t>(syscall(SYS_getppid));
    state.ring.slot()->state.store(kSlotReady, std::memory_order_release);
    attached = true;
  }
  __atomic_store_n(&state.status, attached ? kAttached : kOff, __ATOMIC_RELEASE);
  return attached;
}

bool attached() {
  State* state = g_state;
  if (__builtin_expect(state != nullptr, 1)) {
    const std::uint64_t status = __atomic_load_n(&state->status, __ATOMIC_ACQUIRE);
    if (__builtin_expect(status == kAttached, 1)) return state->ring.active();
    if (status != 0) return false;
  }
  return attach();
}

std::uint32_t thread_number(State& state) {
  if (__builtin_expect(t_state.generation != state.generation, 0)) {
    t_state.generation = state.generation;
    const std::uint32_t number = state.ring.slot()->next_thread.fetch_add(1, std::memory_order_relaxed);
    t_state.number = number < kMaxThread ? number : kMaxThread;
  }
  return t_state.number;
}

// A program that calls nothing that is hooked is seen all the same.
__attribute__((constructor)) void attach_at_start() {
  if (begin_recording()) end_recording();
}

// What lives to the end is given back by nobody.
__attribute__((destructor)) void look_at_exit() {
  if (const Recording on(g_state != nullptr && g_state->status == kAttached); on) {
    RingWriter& ring = g_state->ring;
    ring.slot()->fingerprints.at_exit(ring, ring.fingerprint_bytes(), thread_number(*g_state));
  }
}

}  // namespace

bool begin_recording() {
  if (t_state.busy) return false;
  t_state.busy = true;
  if (attached()) return true;
  t_state.busy = false;
  return false;
}

void record_event(EventKind kind, std::uint64_t a, std::uint64_t b, bool with_stack) {
  State& state = *g_state;
  const std::uint32_t thread = thread_number(state);
  const std::uint32_t stack = with_stack ? state.stacks.current(state.ring, thread) : 0;
  state.ring.slot()->fingerprints.before_event(state.ring, state.ring.fingerprint_bytes(), thread, kind, a, b);
  std::uint64_t* record = state.ring.reserve(4);
  if (record == nullptr) return;
  record[1] = read_ticks();
  record[2] = a;
  record[3] = b;
  state.ring.publish(
      record, {static_cast<std::uint32_t>(RecordType::kEvent), static_cast<std::uint32_t>(kind), 4, 0, thread, stack});
}

void record_mark(const char* name) {
  State& state = *g_state;
  const std::uint32_t thread = thread_number(state);
  state.ring.slot()->fingerprints.before_mark(state.ring, state.ring.fingerprint_bytes(), thread, name);
  std::uint64_t anonymous = 0, file = 0;
  read_resident(anonymous, file);  // takes 10 us: before the counters and the time, which belong together
  std::uint64_t copies = 0, bytes = 0;
  for (const CounterRow& row : state.ring.slot()->counters) {
    copies += row.small_copies.load(std::memory_order_relaxed);
    bytes += row.small_copy_bytes.load(std::memory_order_relaxed);
  }
  std::size_t length = strlen(name);
  if (length > kMaxNameBytes) length = kMaxNameBytes;
  const auto words = static_cast<std::uint32_t>(kMarkWords + (length + 7) / 8);
  std::uint64_t* record = state.ring.reserve(words);
  if (record == nullptr) return;
  record[1] = read_ticks();
  record[2] = copies;
  record[3] = bytes;
  record[4] = anonymous;
  record[5] = file;
  __builtin_memcpy(record + kMarkWords, name, length);
  state.ring.publish(record, {static_cast<std::uint32_t>(RecordType::kMark), 0, words,
                              static_cast<std::uint32_t>((words - kMarkWords) * 8 - length), thread, 0});
}

void count_small_copy(std::size_t bytes) {
  State* state = g_state;
  if (__builtin_expect(state == nullptr || state->status != kAttached || t_state.busy, 0)) return;
  const std::uint32_t thread = thread_number(*state);
  if (__builtin_expect(thread < kCounterRows - 1, 1)) {  // a row of its own: no other thread writes it
    CounterRow& row = state->ring.slot()->counters[thread];
    row.small_copies.store(row.small_copies.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    row.small_copy_bytes.store(row.small_copy_bytes.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  } else {
    CounterRow& row = state->ring.slot()->counters[kCounterRows - 1];
    row.small_copies.fetch_add(1, std::memory_order_relaxed);
    row.small_copy_bytes.fetch_add(bytes, std::memory_order_relaxed);
  }
}

}  // namespace chunkmark::trace
