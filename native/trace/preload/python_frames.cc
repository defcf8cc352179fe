#include "native/trace/preload/python_frames.h"

#include <string.h>

#include "native/trace/preload/mix.h"

namespace chunkmark::trace {
namespace {

template <typename T>
T load(const char* base, std::uint64_t offset) {
  T value;
  __builtin_memcpy(static_cast<void*>(&value), base + offset, sizeof value);
  return value;
}

std::size_t put_utf8(char* out, std::size_t room, std::uint32_t point) {
  char text[4];
  std::size_t count;
  if (point < 0x80) {
    text[0] = static_cast<char>(point), count = 1;
  } else if (point < 0x800) {
    text[0] = static_cast<char>(0xc0 | point >> 6), text[1] = static_cast<char>(0x80 | (point & 63)), count = 2;
  } else if (point < 0x10000) {
    text[0] = static_cast<char>(0xe0 | point >> 12), text[1] = static_cast<char>(0x80 | (point >> 6 & 63));
    text[2] = static_cast<char>(0x80 | (point & 63)), count = 3;
  } else {
    text[0] = static_cast<char>(0xf0 | point >> 18), text[1] = static_cast<char>(0x80 | (point >> 12 & 63));
    text[2] = static_cast<char>(0x80 | (point >> 6 & 63)), text[3] = static_cast<char>(0x80 | (point & 63)), count = 4;
  }
  if (count > room) return 0;
  for (std::size_t i = 0; i < count; ++i) out[i] = text[i];
  return count;
}

// A compact str object as UTF-8, cut to `room` bytes.
std::size_t read_text(const PythonLayout& layout, const char* text, char* out, std::size_t room) {
  if (text == nullptr) return 0;
  const auto length = load<std::int64_t>(text, layout.text_length);
  const auto state = load<std::uint32_t>(text, layout.text_state);
  const std::uint32_t width = state >> 2 & 7;  // bytes a character; after 2 bits of interning in all versions here
  const bool compact = (state >> 5 & 1) != 0, ascii = (state >> 6 & 1) != 0;
  if (!compact || (width != 1 && width != 2 && width != 4)) return 0;
  const char* data = text + (ascii ? layout.text_ascii_bytes : layout.text_compact_bytes);
  std::size_t used = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    const std::uint32_t point = width == 1   ? load<std::uint8_t>(data, static_cast<std::uint64_t>(i))
                                : width == 2 ? load<std::uint16_t>(data, static_cast<std::uint64_t>(i) * 2)
                                             : load<std::uint32_t>(data, static_cast<std::uint64_t>(i) * 4);
    const std::size_t put = put_utf8(out + used, room - used, point);
    if (put == 0) break;
    used += put;
  }
  return used;
}

// What the interpreter puts between a class and its __init__ is no function of the program's: it is in no file and has
// no line.
bool is_shim(const PythonLayout& layout, const char* code) {
  return load<std::uint64_t>(code, layout.code_name) == load<std::uint64_t>(code, layout.code_filename) &&
         load<int>(code, layout.code_firstlineno) == 0;
}

// Reads the numbers of a location table: groups of 6 bits, low first, bit 6 = more.
struct LocationReader {
  const unsigned char* at;
  const unsigned char* end;

  std::uint32_t number() {
    std::uint32_t value = 0;
    for (int shift = 0; at < end && shift < 32; shift += 6) {
      const unsigned char byte = *at++;
      value |= static_cast<std::uint32_t>(byte & 63) << shift;
      if ((byte & 64) == 0) break;
    }
    return value;
  }
  int signed_number() {
    const std::uint32_t value = number();
    return (value & 1) != 0 ? -static_cast<int>(value >> 1) : static_cast<int>(value >> 1);
  }
};

// The source line of a code unit. Source: Objects/locations.md of CPython 3.11 and later.
int line_of(const PythonLayout& layout, const char* code, std::uint64_t instruction) {
  const auto* table = load<const char*>(code, layout.code_linetable);
  int line = load<int>(code, layout.code_firstlineno);
  if (table == nullptr) return line;
  const auto* data = reinterpret_cast<const unsigned char*>(table + layout.bytes_data);
  LocationReader reader{data, data + load<std::int64_t>(table, layout.bytes_size)};
  std::uint64_t address = 0;
  while (reader.at < reader.end) {
    const unsigned char head = *reader.at++;
    const std::uint64_t units = (head & 7u) + 1u;
    switch (head >> 3 & 15) {
      case 15:
        break;  // no location
      case 14:
        line += reader.signed_number();
        reader.number(), reader.number(), reader.number();
        break;
      case 13:
        line += reader.signed_number();
        break;
      case 12:
        line += 2, reader.at += 2;
        break;
      case 11:
        line += 1, reader.at += 2;
        break;
      case 10:
        reader.at += 2;
        break;
      default:
        reader.at += 1;
        break;
    }
    if (instruction >= address && instruction < address + units) return line;
    address += units;
  }
  return line;
}

void* address_of(const ElfSymbols& module, const char* name) {
  const ElfW(Sym)* symbol = module.find(name);
  return symbol != nullptr ? module.address(*symbol) : nullptr;
}

}  // namespace

bool PythonFrames::choose_layout(const ElfSymbols& module, std::uint32_t& version) {
  switch (version) {
    case 0x030b:
      layout_ = kPython311;
      return true;
    case 0x030c:
      layout_ = kPython312;
      return true;
    default:
      return read_layout(module, version);
  }
}

// A version that is not in the table may have moved anything: better no frames than wrong ones.
bool PythonFrames::read_layout(const ElfSymbols& module, std::uint32_t& version) {
  const auto* offsets = static_cast<const PythonDebugOffsets*>(address_of(module, "_PyRuntime"));
  for (const PythonOffsetGroups& groups : kPythonOffsetGroups) {
    if (groups.version != version) continue;
    if (offsets == nullptr || memcmp(offsets->cookie, "xdebugpy", 8) != 0) return false;
    if (offsets->version >> 16 != version) return false;
    if (offsets->free_threaded != 0 && !groups.free_threaded) {
      version |= kPythonFreeThreaded;
      return false;
    }
    layout_ = layout_of(reinterpret_cast<const std::uint64_t*>(offsets), groups);
    return true;
  }
  return false;
}

void PythonFrames::look_for_interpreter(const ElfSymbols& module, Slot& slot) {
  if (known() || sizeof(void*) != 8) return;
  const ElfW(Sym)* evaluation = module.find("_PyEval_EvalFrameDefault");
  void* get = address_of(module, "PyGILState_GetThisThreadState");
  if (evaluation == nullptr || get == nullptr) return;
  const auto* told = static_cast<const unsigned long*>(address_of(module, "Py_Version"));
  std::uint32_t version = told != nullptr ? static_cast<std::uint32_t>(*told >> 16) : kPythonBefore311;
  if (!choose_layout(module, version)) {
    slot.python_not_read.store(version, std::memory_order_relaxed);
    return;
  }
  const auto begin = reinterpret_cast<std::uint64_t>(module.address(*evaluation));
  evaluation_ = {begin, begin + evaluation->st_size};
  evaluation_cold_ = find_cold_code(evaluation_);
  get_thread_state_ = reinterpret_cast<GetThreadState*>(get);
}

std::uint32_t PythonFrames::read(PythonFrame* frames, std::uint32_t max) {
  if (get_thread_state_ == nullptr) return 0;
  const auto* thread = static_cast<const char*>(get_thread_state_());
  if (thread == nullptr) return 0;
  const char* frame = load<const char*>(thread, layout_.thread_frame);
  if (layout_.through_cframe) frame = frame != nullptr ? load<const char*>(frame, layout_.cframe_frame) : nullptr;

  std::uint32_t count = 0;
  for (; frame != nullptr && count < max; frame = load<const char*>(frame, layout_.frame_previous)) {
    if (layout_.frame_is_entry == 0 && load<char>(frame, layout_.frame_owner) >= kOwnedByInterpreter) {
      if (count > 0) frames[count - 1].entry = true;
      continue;
    }
    PythonFrame& out = frames[count];
    const std::uint64_t code = load<std::uint64_t>(frame, layout_.frame_code) & ~layout_.code_tags;
    out.code = reinterpret_cast<const char*>(code);  // NOLINT(performance-no-int-to-ptr)
    if (out.code == nullptr) break;
    if (is_shim(layout_, out.code)) continue;
    const auto at = load<std::uint64_t>(frame, layout_.frame_instruction);
    const std::uint64_t first = code + layout_.code_instructions;
    out.instruction = at >= first ? (at - first) / 2 : 0;
    out.entry = layout_.frame_is_entry != 0 && load<char>(frame, layout_.frame_is_entry) != 0;
    out.identity = mix(mix(mix(reinterpret_cast<std::uint64_t>(out.code), out.instruction),
                           load<std::uint64_t>(out.code, layout_.code_name)),
                       load<std::uint64_t>(out.code, layout_.code_filename)) |
                   1;
    ++count;
  }
  return count;
}

std::uint32_t PythonFrames::number(RingWriter& ring, const PythonFrame& frame, char* text) {
  Slot& slot = *ring.slot();
  for (std::uint64_t place = frame.identity, tries = 0; tries < kPythonTableSize; ++place, ++tries) {
    place %= kPythonTableSize;
    const std::uint64_t known = slot.python_hashes[place].load(std::memory_order_acquire);
    if (known == frame.identity) {
      if (const std::uint32_t number = slot.python_numbers[place].load(std::memory_order_acquire); number != 0) {
        return number;
      }
    }
    if (known == 0 || known == frame.identity) {
      const std::uint32_t number = tell(ring, frame, text);
      std::uint64_t expected = 0;
      if (slot.python_hashes[place].compare_exchange_strong(expected, frame.identity) || expected == frame.identity) {
        slot.python_numbers[place].store(number, std::memory_order_release);
      }
      return number;
    }
  }
  return tell(ring, frame, text);  // a full table: the launcher knows equal frames by their text
}

std::uint32_t PythonFrames::tell(RingWriter& ring, const PythonFrame& frame, char* text) {
  const std::uint32_t number = ring.slot()->next_python.fetch_add(1, std::memory_order_relaxed) + 1;
  const char* name = load<const char*>(frame.code, layout_.code_name);
  const char* file = load<const char*>(frame.code, layout_.code_filename);
  std::size_t bytes = read_text(layout_, name, text, kMaxNameBytes);
  text[bytes++] = '\0';
  bytes += read_text(layout_, file, text + bytes, kMaxNameBytes);
  text[bytes++] = '\0';
  const auto words = static_cast<std::uint32_t>(3 + (bytes + 7) / 8);
  std::uint64_t* record = ring.reserve(words);
  if (record == nullptr) return 0;
  record[1] = number;
  record[2] = static_cast<std::uint64_t>(line_of(layout_, frame.code, frame.instruction));
  __builtin_memcpy(record + 3, text, bytes);
  ring.publish(record, {static_cast<std::uint32_t>(RecordType::kPythonFrame), 0, words,
                        static_cast<std::uint32_t>((words - 3) * 8 - bytes), 0, 0});
  return number;
}

}  // namespace chunkmark::trace
