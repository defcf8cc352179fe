#include "instrument/import/memray_records.h"

#include <algorithm>

namespace chunkmark::imports {
namespace {

constexpr std::size_t kMaxLineTable = 16 << 20;

// By allocator number; kinds of version 10 and 11, and of 12 and 13.
constexpr auto A = MemrayKind::kAllocate, F = MemrayKind::kFree, M = MemrayKind::kMap, U = MemrayKind::kUnmap;
constexpr MemrayKind kKinds10[] = {A, A, F, A, A, A, A, A, A, A, M, U, A, A, A, F};
constexpr MemrayKind kKinds12[] = {A, F, A, A, A, F, A, A, A, A, A, A, A, A, M, U};
constexpr std::uint8_t kAllocators = 15;

MemrayKind kind_of(const StreamReader& reader, std::int32_t version, std::uint8_t allocator) {
  if (allocator == 0 || allocator > kAllocators) {
    reader.fail("an allocator of 1 to " + std::to_string(kAllocators), std::to_string(allocator));
  }
  return version >= 12 ? kKinds12[allocator] : kKinds10[allocator];
}

}  // namespace

std::uint64_t MemrayRecords::delta(std::uint64_t& running, const char* what) {
  return running += static_cast<std::uint64_t>(reader_.signed_varint(what));
}

bool MemrayRecords::read() {
  while (!reader_.at_end()) {
    const std::uint8_t tag = reader_.byte("a record");
    const bool more = header_.aggregated           ? read_aggregated(tag)
                      : header_.has_code_objects() ? read_record_12(tag)
                                                   : read_record_10(tag);
    if (!more) return tag != 0;  // 0 fills the room behind a capture that was not ended
  }
  return false;
}

bool MemrayRecords::read_record_12(std::uint8_t tag) {
  if (tag >= 128) {
    read_allocation_12(tag);
  } else if (tag >= 64) {
    const std::uint64_t code = reader_.varint("a code object");
    stacks_.push(code, reader_.signed_varint("an instruction"));
  } else if (tag >= 32) {  // the life of an object, of which nothing is told here
    if ((tag >> 1 & 15) == kCachedPointers) read_pointer_12(kCachedPointers);
    if ((tag & 1) != 0 && header_.native_traces) delta(native_frame_, "a native frame");
  } else if (tag >= 16) {
    stacks_.pop((tag & 15u) + 1);
  } else {
    switch (tag) {
      case 14:
        read_code();
        break;
      case 2: {
        const std::uint64_t resident = reader_.varint("resident memory");
        listener_.on_memory(static_cast<std::int64_t>(reader_.varint("a time")), resident, nullptr);
        break;
      }
      case 1:
      case 0:
        return false;
      default:
        read_common(tag, "a record");
    }
  }
  return true;
}

std::uint64_t MemrayRecords::read_pointer_12(std::uint8_t cached) {
  if (cached < kCachedPointers) return pointers_[cached];
  const std::uint64_t pointer = delta(data_pointer_, "an address") << 3;
  std::rotate(pointers_.begin(), pointers_.end() - 1, pointers_.end());
  return pointers_[0] = pointer;
}

void MemrayRecords::read_allocation_12(std::uint8_t tag) {
  const std::uint64_t address = read_pointer_12(tag >> 3 & 15);
  const std::uint8_t allocator = (tag & 7) != 0 ? tag & 7 : reader_.byte("an allocator");
  MemrayAllocation allocation{kind_of(reader_, header_.version, allocator), address, 0, 0};
  if (allocation.kind != MemrayKind::kFree) {
    std::uint64_t native = 0;
    if (header_.native_traces) native = delta(native_frame_, "a native frame");
    allocation.bytes = reader_.varint("a size");
    if (allocation.kind != MemrayKind::kUnmap) allocation.stack = stacks_.stack(native);
  }
  listener_.on_allocation(allocation);
}

bool MemrayRecords::read_record_10(std::uint8_t tag) {
  const std::uint8_t flags = tag >> 4;
  switch (tag & 15) {
    case 0:
      if (flags <= 1) return false;
      reader_.fail("the end of the capture", "a record of kind 0 with the flags " + std::to_string(flags));
    case 1:
      read_allocation_10(flags, false);
      break;
    case 2:
      read_allocation_10(flags, true);
      break;
    case 3: {
      const std::uint64_t id = delta(python_frame_, "a frame");
      const std::string function = reader_.c_string("the name of a function");
      const std::string file = reader_.c_string("the name of a file");
      stacks_.add_frame(id, function, file, static_cast<std::int64_t>(delta(python_line_, "a line")));
      break;
    }
    case 4:
      stacks_.push(delta(python_frame_, "a frame"));
      break;
    case 9:
      stacks_.pop(flags + 1u);
      break;
    case 11: {
      const std::uint64_t resident = reader_.varint("resident memory");
      listener_.on_memory(static_cast<std::int64_t>(reader_.varint("a time")), resident, nullptr);
      break;
    }
    default:
      read_common(tag & 15, "a record");
  }
  return true;
}

void MemrayRecords::read_common(std::uint8_t kind, const char* expected) {
  switch (kind) {
    case 5:
      return read_native_frame();
    case 6:
      return stacks_.begin_images();
    case 7:
      return read_images();
    case 8:
      return read_segment(image_path_, image_base_);
    case 10:
      reader_.c_string("the name of a thread");
      return;
    case 12:
      return stacks_.switch_thread(reader_.number<std::uint64_t>("a thread"));
    default:
      reader_.fail(expected, "one of kind " + std::to_string(kind));
  }
}

void MemrayRecords::read_allocation_10(std::uint8_t allocator, bool with_native) {
  MemrayAllocation allocation{kind_of(reader_, header_.version, allocator), delta(data_pointer_, "an address"), 0, 0};
  std::uint64_t native = 0;
  if (with_native || allocation.kind != MemrayKind::kFree) allocation.bytes = reader_.varint("a size");
  if (with_native) native = delta(native_frame_, "a native frame");
  if (allocation.kind == MemrayKind::kAllocate || allocation.kind == MemrayKind::kMap) {
    allocation.stack = stacks_.stack(native);
  }
  listener_.on_allocation(allocation);
}

void MemrayRecords::read_code() {
  const std::uint64_t id = reader_.varint("a code object");
  const std::string function = reader_.c_string("the name of a function");
  const std::string file = reader_.c_string("the name of a file");
  const auto line = static_cast<std::int64_t>(delta(first_line_, "a line"));
  const std::uint64_t count = reader_.varint("the size of a table of lines");
  stacks_.add_code(id, function, file, line, reader_.bytes(count, kMaxLineTable, "a table of lines"));
}

void MemrayRecords::read_native_frame() {
  const std::uint64_t address = delta(instruction_pointer_, "an instruction");
  stacks_.add_native_frame(address, delta(native_frame_, "a native frame"));
}

void MemrayRecords::read_images() {
  image_path_ = reader_.c_string("the path of an image");
  reader_.varint("a number of segments");
  image_base_ = reader_.number<std::uint64_t>("the address of an image");
}

void MemrayRecords::read_segment(const std::string& path, std::uint64_t base) {
  const auto address = reader_.number<std::uint64_t>("the address of a segment");
  const std::uint64_t size = reader_.varint("the size of a segment");
  const std::uint64_t begin = base + address;
  stacks_.add_image(path, begin, begin + std::min(size, ~begin), base);
}

bool MemrayRecords::read_aggregated(std::uint8_t tag) {
  switch (tag) {
    case 1: {
      const auto ms = reader_.number<std::int64_t>("a time");
      const auto resident = reader_.number<std::uint64_t>("resident memory");
      const auto heap = reader_.number<std::uint64_t>("the heap");
      // Wrapping: what a hostile file says may lie anywhere.
      listener_.on_memory(
          static_cast<std::int64_t>(static_cast<std::uint64_t>(ms) - static_cast<std::uint64_t>(header_.start_ms)),
          resident, &heap);
      break;
    }
    case 2:
      read_sums();
      break;
    case 3: {
      if (header_.has_code_objects()) {
        const std::uint64_t id = reader_.varint("a frame");
        stacks_.add_trace(stacks_.frame(id), reader_.varint("a stack"));
      } else {
        const auto id = reader_.number<std::uint64_t>("a frame");
        stacks_.add_trace(stacks_.frame(id), reader_.number<std::uint32_t>("a stack"));
      }
      break;
    }
    case 4:
      if (header_.has_code_objects()) {
        const std::uint64_t id = reader_.varint("a frame");
        const std::uint64_t code = reader_.varint("a code object");
        stacks_.name_frame(id, stacks_.frame(code, reader_.signed_varint("an instruction")));
      } else {
        const auto id = reader_.number<std::uint64_t>("a frame");
        const std::string function = reader_.c_string("the name of a function");
        const std::string file = reader_.c_string("the name of a file");
        stacks_.add_frame(id, function, file, reader_.number<std::int32_t>("a line"));
      }
      reader_.byte("whether a frame is an entry");
      break;
    case 13:
      reader_.varint("an object");
      if (header_.native_traces) reader_.varint("a native frame");
      break;
    case 14:
      read_code();
      break;
    case 15:
    case 0:
      return false;
    default:
      read_common(tag, "a record of sums");
  }
  return true;
}

void MemrayRecords::read_sums() {
  const auto number = [this] { return reader_.number<std::uint64_t>("the sums of a stack"); };
  const std::uint64_t tid = number();
  number();  // the allocator, and bytes that mean nothing
  const std::uint64_t native = number(), index = number(), generation = number();
  MemraySums sums{};
  sums.thread = stacks_.thread_of(tid);
  sums.stack = stacks_.stack(stacks_.trace_node(index, tid), native, generation);
  sums.peak_blocks = number();
  sums.leaked_blocks = number();
  sums.peak_bytes = number();
  sums.leaked_bytes = number();
  listener_.on_sums(sums);
}

}  // namespace chunkmark::imports
