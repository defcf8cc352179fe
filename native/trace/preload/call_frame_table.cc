#include "native/trace/preload/call_frame_table.h"

#include <stddef.h>

namespace chunkmark::trace {
namespace {

// Pointer encodings (DW_EH_PE_*): a format in the low bits, what it is relative to above.
constexpr unsigned char kOmitted = 0xff, kFormat = 0x0f, kRelation = 0x70, kIndirect = 0x80;
constexpr unsigned char kToPlace = 0x10, kToHeader = 0x30, kTableOfFourBytes = 0x3b;

// Reads what stands in the tables, one value after the other.
struct Cursor {
  const unsigned char* at;

  template <typename T>
  T take() {
    T value;
    struct __attribute__((packed)) Unaligned {
      T value;
    };
    value = reinterpret_cast<const Unaligned*>(at)->value;
    at += sizeof value;
    return value;
  }
  std::uint64_t uleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const unsigned char byte = *at++;
      if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
  }
  std::int64_t sleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;;) {
      const unsigned char byte = *at++;
      if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
      shift += 7;
      if ((byte & 0x80) != 0) continue;
      if ((byte & 0x40) != 0 && shift < 64) value |= ~std::uint64_t{0} << shift;
      return static_cast<std::int64_t>(value);
    }
  }
  // A pointer in one of the encodings. `header`: what some are relative to.
  std::uint64_t pointer(unsigned char encoding, const unsigned char* header = nullptr) {
    if (encoding == kOmitted) return 0;
    const auto place = reinterpret_cast<std::uint64_t>(at);
    std::uint64_t value = 0;
    switch (encoding & kFormat) {
      case 0x1:
        value = uleb();
        break;
      case 0x2:
        value = take<std::uint16_t>();
        break;
      case 0x3:
        value = take<std::uint32_t>();
        break;
      case 0x9:
        value = static_cast<std::uint64_t>(sleb());
        break;
      case 0xa:
        value = static_cast<std::uint64_t>(std::int64_t{take<std::int16_t>()});
        break;
      case 0xb:
        value = static_cast<std::uint64_t>(std::int64_t{take<std::int32_t>()});
        break;
      default:
        value = take<std::uint64_t>();
        break;
    }
    if (value == 0) return 0;
    if ((encoding & kRelation) == kToPlace) value += place;
    if ((encoding & kRelation) == kToHeader) value += reinterpret_cast<std::uint64_t>(header);
    if ((encoding & kIndirect) != 0) value = *reinterpret_cast<const std::uint64_t*>(value);
    return value;
  }
};

// The entry (FDE) whose function may hold the address: the last one of the sorted table that does not begin after it.
const unsigned char* find_entry(const unsigned char* header, std::uint64_t address) {
  struct Row {
    std::int32_t function, entry;  // from the header
  };
  if (header == nullptr || header[0] != 1 || header[3] != kTableOfFourBytes) return nullptr;
  Cursor cursor{header + 4};
  cursor.pointer(header[1]);
  const std::uint64_t count = cursor.pointer(header[2]);
  const auto* rows = reinterpret_cast<const Row*>(cursor.at);
  const auto wanted = static_cast<std::int64_t>(address - reinterpret_cast<std::uint64_t>(header));
  std::uint64_t low = 0, high = count;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    rows[middle].function <= wanted ? low = middle + 1 : high = middle;
  }
  return low == 0 ? nullptr : header + rows[low - 1].entry;
}

// What is common to the functions of one compilation (CIE).
struct Common {
  std::uint64_t code_factor;
  std::int64_t data_factor;
  std::uint64_t return_column;
  unsigned char pointer_encoding;
  bool has_augmentation, is_signal;
  const unsigned char *program, *program_end;
};

bool read_common(const unsigned char* at, Common& common) {
  Cursor cursor{at};
  const auto bytes = cursor.take<std::uint32_t>();
  if (bytes == 0xffffffff || bytes == 0) return false;
  common.program_end = cursor.at + bytes;
  if (cursor.take<std::uint32_t>() != 0) return false;
  const auto version = cursor.take<std::uint8_t>();
  const auto* augmentation = reinterpret_cast<const char*>(cursor.at);
  while (*cursor.at++ != 0) {
  }
  common.code_factor = cursor.uleb();
  common.data_factor = cursor.sleb();
  common.return_column = version == 1 ? cursor.take<std::uint8_t>() : cursor.uleb();
  common.pointer_encoding = 0;
  common.is_signal = false;
  common.has_augmentation = *augmentation == 'z';
  if (!common.has_augmentation) {
    common.program = cursor.at;
    return *augmentation == '\0';
  }
  const std::uint64_t length = cursor.uleb();
  common.program = cursor.at + length;
  for (const char* letter = augmentation + 1; *letter != '\0'; ++letter) {
    switch (*letter) {
      case 'R':
        common.pointer_encoding = cursor.take<std::uint8_t>();
        break;
      case 'P': {
        const auto encoding = cursor.take<std::uint8_t>();
        cursor.pointer(static_cast<unsigned char>(encoding & ~kIndirect));
        break;
      }
      case 'L':
        cursor.take<std::uint8_t>();
        break;
      case 'S':
        common.is_signal = true;
        break;
      default:
        break;  // B, G: of AArch64, without data
    }
  }
  return true;
}

// Runs the instructions up to the address. The rules of before the function's own instructions are `initial`.
class Program {
 public:
  Program(const Common& common, FrameRules& rules) : common_(common), rules_(rules) {}

  bool run(const unsigned char* begin, const unsigned char* end, std::uint64_t location, std::uint64_t address,
           const FrameRules& initial) {
    Cursor cursor{begin};
    while (cursor.at < end) {
      const auto instruction = cursor.take<std::uint8_t>();
      const std::uint64_t low = instruction & 0x3fu;
      std::uint64_t advance = 0;
      switch (instruction >> 6) {
        case 1:  // advance_loc
          advance = low;
          break;
        case 2:  // offset
          set(low, RegisterRule::kAtOffset, static_cast<std::int64_t>(cursor.uleb()) * common_.data_factor);
          continue;
        case 3:  // restore
          restore(low, initial);
          continue;
        default:
          switch (low) {
            case 0x00:  // nop
              continue;
            case 0x01:  // set_loc
              location = cursor.pointer(common_.pointer_encoding);
              if (location > address) return true;
              continue;
            case 0x02:
              advance = cursor.take<std::uint8_t>();
              break;
            case 0x03:
              advance = cursor.take<std::uint16_t>();
              break;
            case 0x04:
              advance = cursor.take<std::uint32_t>();
              break;
            default:
              if (!run_other(cursor, low, initial)) return false;
              continue;
          }
      }
      location += advance * common_.code_factor;
      if (location > address) return true;
    }
    return true;
  }

 private:
  bool run_other(Cursor& cursor, std::uint64_t instruction, const FrameRules& initial) {
    switch (instruction) {
      case 0x05: {  // offset_extended
        const std::uint64_t column = cursor.uleb();
        set(column, RegisterRule::kAtOffset, static_cast<std::int64_t>(cursor.uleb()) * common_.data_factor);
        return true;
      }
      case 0x06:  // restore_extended
        restore(cursor.uleb(), initial);
        return true;
      case 0x07:
        set(cursor.uleb(), RegisterRule::kUndefined);
        return true;
      case 0x08:
        set(cursor.uleb(), RegisterRule::kSame);
        return true;
      case 0x09:  // register
        set(cursor.uleb(), RegisterRule::kUnknown);
        cursor.uleb();
        return true;
      case 0x0a:  // remember_state
        if (depth_ == kMaxDepth) return false;
        remembered_[depth_++] = rules_;
        return true;
      case 0x0b:  // restore_state
        if (depth_ == 0) return false;
        rules_ = remembered_[--depth_];
        return true;
      case 0x0c:  // def_cfa
        rules_.cfa_column = cursor.uleb();
        set_cfa_offset(static_cast<std::int64_t>(cursor.uleb()));
        return true;
      case 0x0d:  // def_cfa_register
        rules_.cfa_column = cursor.uleb();
        rules_.cfa_expression = nullptr;
        return true;
      case 0x0e:  // def_cfa_offset
        set_cfa_offset(static_cast<std::int64_t>(cursor.uleb()));
        return true;
      case 0x0f:  // def_cfa_expression
        rules_.cfa_expression = cursor.at;
        skip_block(cursor);
        return true;
      case 0x10:
      case 0x16: {  // expression, val_expression
        const std::uint64_t column = cursor.uleb();
        set(column, instruction == 0x10 ? RegisterRule::kAtExpression : RegisterRule::kExpression, 0, cursor.at);
        skip_block(cursor);
        return true;
      }
      case 0x11: {  // offset_extended_sf
        const std::uint64_t column = cursor.uleb();
        set(column, RegisterRule::kAtOffset, cursor.sleb() * common_.data_factor);
        return true;
      }
      case 0x12:  // def_cfa_sf
        rules_.cfa_column = cursor.uleb();
        set_cfa_offset(cursor.sleb() * common_.data_factor);
        return true;
      case 0x13:  // def_cfa_offset_sf
        set_cfa_offset(cursor.sleb() * common_.data_factor);
        return true;
      case 0x14:
      case 0x15: {  // val_offset, val_offset_sf
        const std::uint64_t column = cursor.uleb();
        const std::int64_t offset = instruction == 0x14 ? static_cast<std::int64_t>(cursor.uleb()) : cursor.sleb();
        set(column, RegisterRule::kOffset, offset * common_.data_factor);
        return true;
      }
      case 0x2d:  // AArch64: the return address is signed from here on, or no longer
        return true;
      case 0x2e:  // GNU_args_size
        cursor.uleb();
        return true;
      default:
        return false;
    }
  }

  static void skip_block(Cursor& cursor) {
    const std::uint64_t bytes = cursor.uleb();
    cursor.at += bytes;
  }
  void set_cfa_offset(std::int64_t offset) {
    rules_.cfa_offset = offset;
    rules_.cfa_expression = nullptr;
  }
  RegisterRule* rule_of(FrameRules& rules, std::uint64_t column) const {
    if (column == common_.return_column) return &rules.return_address;
    return column == kFramePointerColumn ? &rules.frame_pointer : nullptr;
  }
  void set(std::uint64_t column, RegisterRule::Kind kind, std::int64_t offset = 0,
           const unsigned char* expression = nullptr) {
    if (RegisterRule* rule = rule_of(rules_, column)) *rule = {kind, offset, expression};
  }
  void restore(std::uint64_t column, const FrameRules& initial) {
    FrameRules& from = const_cast<FrameRules&>(initial);
    if (RegisterRule* rule = rule_of(rules_, column)) *rule = *rule_of(from, column);
  }

  static constexpr int kMaxDepth = 4;  // compilers remember one state at a time
  const Common& common_;
  FrameRules& rules_;
  FrameRules remembered_[kMaxDepth];
  int depth_ = 0;
};

}  // namespace

bool find_frame_rules(const unsigned char* header, std::uint64_t address, FrameRules& rules) {
  const unsigned char* entry = find_entry(header, address);
  if (entry == nullptr) return false;
  Cursor cursor{entry};
  const auto bytes = cursor.take<std::uint32_t>();
  if (bytes == 0xffffffff || bytes == 0) return false;
  const unsigned char* end = cursor.at + bytes;
  const unsigned char* back = cursor.at;
  const auto distance = cursor.take<std::uint32_t>();
  Common common;
  if (distance == 0 || !read_common(back - distance, common)) return false;
  const std::uint64_t begin = cursor.pointer(common.pointer_encoding);
  const std::uint64_t length = cursor.pointer(common.pointer_encoding & kFormat);
  if (address < begin || address >= begin + length) return false;
  if (common.has_augmentation) {
    const std::uint64_t augmentation = cursor.uleb();
    cursor.at += augmentation;
  }
  rules = FrameRules{};
  rules.is_signal = common.is_signal;
  Program program(common, rules);
  if (!program.run(common.program, common.program_end, 0, ~std::uint64_t{0}, rules)) return false;
  const FrameRules initial = rules;
  return program.run(cursor.at, end, begin, address, initial);
}

// A stack machine: what PLT entries, signal frames and functions that realign their stack need of it.
bool evaluate(const unsigned char* expression, std::uint64_t pc, std::uint64_t stack_pointer,
              std::uint64_t frame_pointer, const std::uint64_t* first, std::uint64_t& value) {
  constexpr int kRoom = 16;
  std::uint64_t stack[kRoom];
  int depth = 0;
  if (first != nullptr) stack[depth++] = *first;
  Cursor cursor{expression};
  const std::uint64_t bytes = cursor.uleb();
  const unsigned char* end = cursor.at + bytes;
  while (cursor.at < end) {
    const auto operation = cursor.take<std::uint8_t>();
    const bool takes_two = operation == 0x1a || operation == 0x1c || operation == 0x1e || operation == 0x21 ||
                           operation == 0x22 || operation == 0x24 || (operation >= 0x29 && operation <= 0x2e);
    if (depth < (takes_two ? 2 : 0) || depth == kRoom) return false;
    if (takes_two) {
      const std::uint64_t right = stack[--depth];
      std::uint64_t& left = stack[depth - 1];
      const auto a = static_cast<std::int64_t>(left), b = static_cast<std::int64_t>(right);
      switch (operation) {
        case 0x1a:
          left &= right;
          break;
        case 0x1c:
          left -= right;
          break;
        case 0x1e:
          left *= right;
          break;
        case 0x21:
          left |= right;
          break;
        case 0x22:
          left += right;
          break;
        case 0x24:
          left = right < 64 ? left << right : 0;
          break;
        case 0x29:
          left = a == b;
          break;
        case 0x2a:
          left = a >= b;
          break;
        case 0x2b:
          left = a > b;
          break;
        case 0x2c:
          left = a <= b;
          break;
        case 0x2d:
          left = a < b;
          break;
        default:
          left = a != b;
          break;
      }
    } else if (operation == 0x06 || operation == 0x23) {  // deref, plus_uconst
      if (depth == 0) return false;
      std::uint64_t& top = stack[depth - 1];
      if (operation == 0x23) {
        top += cursor.uleb();
      } else {
        if (top % 8 != 0 || top < 4096) return false;
        top = *reinterpret_cast<const std::uint64_t*>(top);
      }
    } else if (operation >= 0x30 && operation <= 0x4f) {  // lit
      stack[depth++] = operation - 0x30u;
    } else if (operation >= 0x70 && operation <= 0x8f) {  // breg
      const std::uint64_t column = operation - 0x70u;
      const auto offset = static_cast<std::uint64_t>(cursor.sleb());
      if (column == kFramePointerColumn) {
        stack[depth++] = frame_pointer + offset;
      } else if (column == kStackPointerColumn) {
        stack[depth++] = stack_pointer + offset;
      } else if (column == kReturnColumn && kReturnColumn == 16) {
        stack[depth++] = pc + offset;
      } else {
        return false;
      }
    } else {
      switch (operation) {
        case 0x08:
          stack[depth++] = cursor.take<std::uint8_t>();
          break;
        case 0x09:
          stack[depth++] = static_cast<std::uint64_t>(std::int64_t{cursor.take<std::int8_t>()});
          break;
        case 0x0a:
          stack[depth++] = cursor.take<std::uint16_t>();
          break;
        case 0x0b:
          stack[depth++] = static_cast<std::uint64_t>(std::int64_t{cursor.take<std::int16_t>()});
          break;
        case 0x0c:
          stack[depth++] = cursor.take<std::uint32_t>();
          break;
        case 0x0d:
          stack[depth++] = static_cast<std::uint64_t>(std::int64_t{cursor.take<std::int32_t>()});
          break;
        case 0x10:
          stack[depth++] = cursor.uleb();
          break;
        case 0x11:
          stack[depth++] = static_cast<std::uint64_t>(cursor.sleb());
          break;
        default:
          return false;
      }
    }
  }
  if (depth == 0) return false;
  value = stack[depth - 1];
  return true;
}

}  // namespace chunkmark::trace
