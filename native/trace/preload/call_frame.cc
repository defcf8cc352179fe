#include "native/trace/preload/call_frame.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "native/trace/preload/call_frame_table.h"
#include "native/trace/preload/mix.h"
#include "native/trace/system_calls.h"

namespace chunkmark::trace {
namespace {

const std::uint64_t* word_at(std::uint64_t address) {
  return address >= 4096 && address % 8 == 0 ? reinterpret_cast<const std::uint64_t*>(address) : nullptr;
}

// Where the rule finds a register's value: in memory, or computed.
bool apply(const RegisterRule& rule, const CallFrame& frame, std::uint64_t cfa, std::uint64_t& value,
           const std::uint64_t*& place) {
  std::uint64_t at = cfa + static_cast<std::uint64_t>(rule.offset);
  switch (rule.kind) {
    case RegisterRule::kSame:
      return true;
    case RegisterRule::kOffset:
      value = at;
      return true;
    case RegisterRule::kExpression:
      return evaluate(rule.expression, frame.pc, frame.stack_pointer, frame.frame_pointer, &cfa, value);
    case RegisterRule::kAtExpression:
      if (!evaluate(rule.expression, frame.pc, frame.stack_pointer, frame.frame_pointer, &cfa, at)) return false;
      break;
    case RegisterRule::kAtOffset:
      break;
    default:
      return false;
  }
  place = word_at(at);
  if (place == nullptr) return false;
  value = *place;
  return true;
}

// What nearly all frames are: cfa at an offset from one of two registers, registers at offsets from the cfa.
// Fits into 64 bits: 1 | cfa by frame pointer 1 | frame pointer saved 1 | spare 1 | cfa offset 24 | frame pointer's
// offset 18, signed | return address's offset 18, signed.
struct PackedStep {
  std::uint64_t valid : 1, by_frame_pointer : 1, saves_frame_pointer : 1, saves_return : 1, cfa_offset : 24;
  std::int64_t frame_pointer_offset : 18, return_offset : 18;
};
static_assert(sizeof(PackedStep) == 8);

constexpr bool fits(std::int64_t offset) {
  return offset >= -(1 << 17) && offset < 1 << 17;
}

bool pack(const FrameRules& rules, PackedStep& packed) {
  const auto plain = [](const RegisterRule& rule) {
    return rule.kind == RegisterRule::kSame || (rule.kind == RegisterRule::kAtOffset && fits(rule.offset));
  };
  const bool by_frame_pointer = rules.cfa_column == kFramePointerColumn;
  if (rules.is_signal || rules.cfa_expression != nullptr || !plain(rules.frame_pointer) ||
      !plain(rules.return_address) || (!by_frame_pointer && rules.cfa_column != kStackPointerColumn) ||
      rules.cfa_offset < 0 || rules.cfa_offset >= 1 << 24) {
    return false;
  }
  packed.valid = 1;
  packed.by_frame_pointer = by_frame_pointer;
  packed.saves_frame_pointer = rules.frame_pointer.kind == RegisterRule::kAtOffset;
  packed.saves_return = rules.return_address.kind == RegisterRule::kAtOffset;
  packed.cfa_offset = static_cast<std::uint64_t>(rules.cfa_offset);
  packed.frame_pointer_offset = rules.frame_pointer.offset;
  packed.return_offset = rules.return_address.offset;
  return true;
}

std::uint64_t without_signature(std::uint64_t address) {
#if defined(__aarch64__)
  register std::uint64_t signed_address asm("x30") = address;
  asm("hint 7" : "+r"(signed_address));  // xpaclri: nothing where addresses are not signed
  return signed_address;
#else
  return address;
#endif
}

bool arrive(CallFrame& frame, std::uint64_t cfa, std::uint64_t return_address, std::uint64_t frame_pointer,
            bool interrupted) {
  if (return_address == 0 || (cfa == frame.stack_pointer && return_address == frame.pc)) return false;
  frame.pc = without_signature(return_address);
  frame.stack_pointer = cfa;
  frame.frame_pointer = frame_pointer;
  frame.interrupted = interrupted;
  return true;
}

bool step_packed(CallFrame& frame, SavedPlaces& places, const PackedStep& packed) {
  const std::uint64_t cfa =
      (packed.by_frame_pointer != 0 ? frame.frame_pointer : frame.stack_pointer) + packed.cfa_offset;
  std::uint64_t frame_pointer = frame.frame_pointer, return_address = frame.link;
  if (packed.saves_return != 0) {
    places.return_address = word_at(cfa + static_cast<std::uint64_t>(std::int64_t{packed.return_offset}));
    if (places.return_address == nullptr) return false;
    return_address = *places.return_address;
  }
  if (packed.saves_frame_pointer != 0) {
    places.frame_pointer = word_at(cfa + static_cast<std::uint64_t>(std::int64_t{packed.frame_pointer_offset}));
    if (places.frame_pointer == nullptr) return false;
    frame_pointer = *places.frame_pointer;
  }
  return arrive(frame, cfa, return_address, frame_pointer, false);
}

bool step_by_rules(CallFrame& frame, SavedPlaces& places, const FrameRules& rules) {
  std::uint64_t cfa = 0;
  if (rules.cfa_expression != nullptr) {
    if (!evaluate(rules.cfa_expression, frame.pc, frame.stack_pointer, frame.frame_pointer, nullptr, cfa)) return false;
  } else if (rules.cfa_column == kStackPointerColumn) {
    cfa = frame.stack_pointer + static_cast<std::uint64_t>(rules.cfa_offset);
  } else if (rules.cfa_column == kFramePointerColumn) {
    cfa = frame.frame_pointer + static_cast<std::uint64_t>(rules.cfa_offset);
  } else {
    return false;
  }
  std::uint64_t frame_pointer = frame.frame_pointer, return_address = frame.link;
  return apply(rules.return_address, frame, cfa, return_address, places.return_address) &&
         apply(rules.frame_pointer, frame, cfa, frame_pointer, places.frame_pointer) &&
         arrive(frame, cfa, return_address, frame_pointer, rules.is_signal);
}

// Whether eight bytes can be read: the kernel looks at the mask before it finds that there is no such operation.
bool is_readable(std::uint64_t address) {
  constexpr int kNoOperation = -1;
  return word_at(address) != nullptr &&
         (sys_call(SYS_rt_sigprocmask, kNoOperation, address, nullptr, 8) == 0 || errno != EFAULT);
}

// Code that was made at run time has no tables; most of it keeps the frame pointer as compilers once did.
bool step_by_frame_pointer(CallFrame& frame, SavedPlaces& places) {
  constexpr std::uint64_t kMaxFrameBytes = 1 << 20;
  const std::uint64_t at = frame.frame_pointer;
  if (at < frame.stack_pointer || at - frame.stack_pointer > kMaxFrameBytes || !is_readable(at) ||
      !is_readable(at + 8)) {
    return false;
  }
  places = {word_at(at + 8), word_at(at)};
  return arrive(frame, at + 16, *places.return_address, *places.frame_pointer, false);
}

}  // namespace

bool step(CallFrame& frame, SavedPlaces& places, StepCache& cache) {
  places = {nullptr, nullptr};
  const std::uint64_t address = frame.interrupted ? frame.pc : frame.pc - 1;
  StepCache::Entry& entry = cache.entries[mix(0, address) >> 32 & (StepCache::kEntries - 1)];
  std::uint64_t known = entry.step.load(std::memory_order_relaxed);
  PackedStep packed;
  if ((entry.key.load(std::memory_order_relaxed) ^ known) == address && known != 0) {
    static_assert(sizeof packed == sizeof known);
    __builtin_memcpy(&packed, &known, sizeof packed);
    return step_packed(frame, places, packed);
  }
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(address), &object) != 0) return step_by_frame_pointer(frame, places);
  FrameRules rules;
  if (!find_frame_rules(static_cast<const unsigned char*>(object.dlfo_eh_frame), address, rules)) {
    return step_by_frame_pointer(frame, places);
  }
  if (pack(rules, packed)) {
    __builtin_memcpy(&known, &packed, sizeof packed);
    entry.key.store(address ^ known, std::memory_order_relaxed);
    entry.step.store(known, std::memory_order_relaxed);
  }
  return step_by_rules(frame, places, rules);
}

}  // namespace chunkmark::trace
