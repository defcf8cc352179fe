// Expressions in the call frame tables. Source: see call_frame.h.
#include "native/trace/preload/call_frame_cursor.h"
#include "native/trace/preload/call_frame_table.h"

namespace chunkmark::trace {

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
