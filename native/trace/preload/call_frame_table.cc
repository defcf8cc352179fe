#include "native/trace/preload/call_frame_table.h"

#include <stddef.h>

#include "native/trace/preload/call_frame_cursor.h"

namespace chunkmark::trace {
namespace {

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

// One function's entry (FDE).
struct Entry {
  Common common;
  std::uint64_t begin, size;
  const unsigned char *instructions, *end;
};

bool read_entry(const unsigned char* header, std::uint64_t address, Entry& entry) {
  const unsigned char* at = find_entry(header, address);
  if (at == nullptr) return false;
  Cursor cursor{at};
  const auto bytes = cursor.take<std::uint32_t>();
  if (bytes == 0xffffffff || bytes == 0) return false;
  entry.end = cursor.at + bytes;
  const unsigned char* back = cursor.at;
  const auto distance = cursor.take<std::uint32_t>();
  if (distance == 0 || !read_common(back - distance, entry.common)) return false;
  entry.begin = cursor.pointer(entry.common.pointer_encoding);
  entry.size = cursor.pointer(entry.common.pointer_encoding & kFormat);
  if (address < entry.begin || address >= entry.begin + entry.size) return false;
  if (entry.common.has_augmentation) {
    const std::uint64_t augmentation = cursor.uleb();
    cursor.at += augmentation;
  }
  entry.instructions = cursor.at;
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

bool find_function(const unsigned char* header, std::uint64_t address, std::uint64_t& begin, std::uint64_t& end) {
  Entry entry;
  if (!read_entry(header, address, entry)) return false;
  begin = entry.begin;
  end = entry.begin + entry.size;
  return true;
}

bool find_frame_rules(const unsigned char* header, std::uint64_t address, FrameRules& rules) {
  Entry entry;
  if (!read_entry(header, address, entry)) return false;
  rules = FrameRules{};
  rules.is_signal = entry.common.is_signal;
  Program program(entry.common, rules);
  if (!program.run(entry.common.program, entry.common.program_end, 0, ~std::uint64_t{0}, rules)) return false;
  const FrameRules initial = rules;
  return program.run(entry.instructions, entry.end, entry.begin, address, initial);
}

}  // namespace chunkmark::trace
