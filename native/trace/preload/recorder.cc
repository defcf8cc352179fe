#include "native/trace/preload/recorder.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "native/trace/clock.h"
#include "native/trace/preload/next.h"
#include "native/trace/preload/ring_writer.h"
#include "native/trace/preload/scratch.h"
#include "native/trace/preload/stacks.h"
#include "native/trace/preload/touched_pages.h"
#include "native/trace/resident_status.h"
#include "native/trace/ring.h"
#include "native/trace/system_calls.h"

extern char** environ;

namespace chunkmark::trace {

__thread ThreadState t_state __attribute__((tls_model("initial-exec")));

namespace {

// What a fork wipes. Zero is "not attached yet".
struct State {
  std::uint64_t status;      // 0, kAttached or kOff
  std::uint64_t generation;  // differs between a process and its forked child
  bool has_large_memory;     // of which the launcher looks at pages
  RingWriter ring;
  Stacks stacks;
};
constexpr std::uint64_t kAttached = 1, kOff = 2, kAttaching = 3;

State* g_state;      // one wipe-on-fork mapping
Control* g_control;  // stays mapped after a fork, so that a child which cannot attach can at least be counted
std::uint64_t g_generation;
bool g_has_large_memory;  // survives a fork: the child has its parent's shared mappings

void note_large_memory(State& state) {
  state.has_large_memory = true;
  g_has_large_memory = true;
}

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
  const long got = sys_call(SYS_read, file, out, kCommandBytes - 1);
  sys_call(SYS_close, file);
  for (long i = 0; i + 1 < got; ++i) {
    if (out[i] == '\0') out[i] = ' ';
  }
}

void read_resident(Slot& slot, std::uint32_t thread, std::uint64_t& anonymous_bytes, std::uint64_t& file_bytes) {
  const ScratchClaim<char[4096]> claim(slot, thread);
  if (claim.get() == nullptr || t_state.confined) return;
  char* text = *claim.get();
  const int file = sys_open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const long got = sys_call(SYS_read, file, text, 4096);
  sys_call(SYS_close, file);
  if (got <= 0) return;
  const std::string_view status(text, static_cast<std::size_t>(got));
  read_status_field(status, "RssAnon:", anonymous_bytes);
  read_status_field(status, "RssFile:", file_bytes);
}

// Claims a free slot of the shared memory; false if there is none or it is not ours.
bool claim_slot(const char* path, RingWriter& ring) {
  const int file = sys_open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) {  // a sandbox, or another process namespace
    if (g_control != nullptr) g_control->refused.fetch_add(1);
    return false;
  }
  void* mapped = sys_map(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  bool claimed = false;
  if (mapped != nullptr) {
    auto* control = static_cast<Control*>(mapped);
    if (control->magic == kRingMagic && control->slot_bytes == sizeof(Slot) && control->active.load() != 0) {
      g_control = control;
      claimed = ring.attach(file, control);
      if (!claimed) control->refused.fetch_add(1);
    }
  }
  sys_call(SYS_close, file);
  return claimed;
}

__attribute__((noinline, cold)) bool attach() {
  if (environ == nullptr) return false;    // too early in the life of the process: try again at the next call
  const bool forked = g_state != nullptr;  // it stayed, what it points to was wiped
  if (g_state == nullptr) {
    void* mapped = sys_map(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == nullptr) return false;
    sys_call(SYS_madvise, mapped, sizeof(State), MADV_WIPEONFORK);
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
    state.ring.slot()->pid = static_cast<std::int32_t>(sys_call(SYS_getpid));
    state.ring.slot()->parent_pid = static_cast<std::int32_t>(sys_call(SYS_getppid));
    state.ring.slot()->forked = forked ? 1 : 0;
    state.has_large_memory = forked && g_has_large_memory;
    std::uint64_t file_bytes = 0;
    read_resident(*state.ring.slot(), 0, state.ring.slot()->inherited_bytes, file_bytes);
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

std::uint64_t now() {
  return __builtin_expect(t_state.last_ticks != 0, 0) ? t_state.last_ticks : read_ticks();
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

__attribute__((destructor)) void look_at_exit() {
  if (const Recording on; on) record_exit();
}

}  // namespace

bool begin_recording() {
  if (t_state.busy) return false;
  t_state.busy = true;
  // A thread that ended between reserving a record and publishing it would stop the ring for all others. Deferred
  // rather than disabled, since a signal that is on its way ends an asynchronous thread though it was disabled
  // meanwhile.
  if (__builtin_expect(t_state.asynchronous, 0)) NEXT(pthread_setcanceltype)(PTHREAD_CANCEL_DEFERRED, nullptr);
  if (attached()) return true;
  end_recording();
  return false;
}

void end_recording_asynchronous() {
  NEXT(pthread_setcanceltype)(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  pthread_testcancel();  // what came meanwhile waits for the next such call, and there may be none
}

Slot& recording_slot() {
  return *g_state->ring.slot();
}

Control* shared_control() {
  return g_control;
}

void record_event(EventKind kind, std::uint64_t a, std::uint64_t b, bool with_stack) {
  State& state = *g_state;
  const std::uint32_t thread = thread_number(state);
  const std::uint32_t stack = with_stack ? state.stacks.current(state.ring, thread) : 0;
  state.ring.slot()->fingerprints.before_event(state.ring, state.ring.fingerprint_bytes(), thread, kind, a, b);
  if (__builtin_expect(b >= capture::kLargeBytes && capture::has_address(kind), 0)) {
    note_large_memory(state);
    if (kind == EventKind::kAllocate || kind == EventKind::kReallocAllocate) state.ring.slot()->large_blocks.add(a, b);
  }
  if ((kind == EventKind::kFree || kind == EventKind::kReallocFree) && state.has_large_memory) {
    if (const std::uint64_t bytes = state.ring.slot()->large_blocks.take(a)) record_touched(a, bytes);
  }
  std::uint64_t* record = state.ring.reserve(4);
  if (record == nullptr) return;
  record[1] = now();
  record[2] = a;
  record[3] = b;
  state.ring.publish(
      record, {static_cast<std::uint32_t>(RecordType::kEvent), static_cast<std::uint32_t>(kind), 4, 0, thread, stack});
}

void record_copy(std::uint64_t to, std::uint64_t from, std::uint64_t bytes) {
  State& state = *g_state;
  const std::uint32_t thread = thread_number(state);
  const std::uint32_t stack = state.stacks.current(state.ring, thread);
  std::uint64_t* record = state.ring.reserve(5);
  if (record == nullptr) return;
  record[1] = now();
  record[2] = to;
  record[3] = bytes;
  record[4] = from;
  state.ring.publish(record, {static_cast<std::uint32_t>(RecordType::kEvent),
                              static_cast<std::uint32_t>(EventKind::kCopy), 5, 0, thread, stack});
}

// A mapping of a file counts if the file is memory itself.
void record_shared_map(std::uint64_t address, std::uint64_t bytes, int file, std::uint64_t offset) {
  constexpr std::uint64_t kTmpfs = 0x01021994, kHugetlbfs = 0x958458f6;  // linux/magic.h
  State& state = *g_state;
  struct stat status {};
  if (file >= 0) {
    if (t_state.confined) return;
    struct statfs system {};
    if (sys_call(SYS_fstatfs, file, &system) != 0 || sys_call(SYS_fstat, file, &status) != 0) return;
    const auto type = static_cast<std::uint64_t>(static_cast<std::uint32_t>(system.f_type));
    if (type != kTmpfs && type != kHugetlbfs) return;
  }
  const std::uint32_t thread = thread_number(state);
  const std::uint32_t stack = state.stacks.current(state.ring, thread);
  note_large_memory(state);
  state.ring.slot()->fingerprints.before_event(state.ring, state.ring.fingerprint_bytes(), thread, EventKind::kMap,
                                               address, bytes);
  std::uint64_t* record = state.ring.reserve(7);
  if (record == nullptr) return;
  record[1] = read_ticks();
  record[2] = address;
  record[3] = bytes;
  record[4] = status.st_dev;
  record[5] = status.st_ino;
  record[6] = offset;
  state.ring.publish(record, {static_cast<std::uint32_t>(RecordType::kSharedMap), 0, 7, 0, thread, stack});
}

RingWriter* ring_with_large_memory() {
  State* state = g_state;
  return state != nullptr && state->has_large_memory ? &state->ring : nullptr;
}

// What lives to the end is given back by nobody. A vfork child that ends is not the process whose memory it has.
void record_exit() {
  RingWriter& ring = g_state->ring;
  const bool is_own = !t_state.confined && sys_call(SYS_getpid) == ring.slot()->pid;
  if (is_own) ring.slot()->fingerprints.at_exit(ring, ring.fingerprint_bytes(), thread_number(*g_state));
  await_look();
}

void record_mark(const char* name) {
  State& state = *g_state;
  const std::uint32_t thread = thread_number(state);
  state.ring.slot()->fingerprints.before_mark(state.ring, state.ring.fingerprint_bytes(), thread, name);
  await_look();
  std::uint64_t anonymous = 0, file = 0;
  // Takes 10 us: before the counters and the time, which belong together.
  read_resident(*state.ring.slot(), thread, anonymous, file);
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
  record[1] = now();
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
