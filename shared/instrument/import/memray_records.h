// MemrayRecords: the records of a memray capture, decoded and told to a listener, versions 10 to 13, of all allocations
// or aggregated. Definitions of stacks go to MemrayStacks and are not told.
//
// Borrows what it is given. Errors: kCorrupt, naming the offset. Not thread-safe.
#pragma once

#include <array>

#include "instrument/import/memray_stacks.h"

namespace chunkmark::imports {

enum class MemrayKind { kAllocate, kFree, kMap, kUnmap };

struct MemrayAllocation {
  MemrayKind kind;
  std::uint64_t address, bytes;
  std::uint32_t stack;
};

// The sums of one stack in an aggregated capture.
struct MemraySums {
  std::uint32_t thread, stack;
  std::uint64_t peak_blocks, leaked_blocks, peak_bytes, leaked_bytes;
};

class MemrayListener {
 public:
  virtual ~MemrayListener() = default;
  virtual void on_allocation(const MemrayAllocation& allocation) = 0;
  virtual void on_sums(const MemraySums& sums) = 0;
  // Resident memory; of an aggregated capture the heap as well. Milliseconds since the start.
  virtual void on_memory(std::int64_t ms, std::uint64_t resident_bytes, const std::uint64_t* heap_bytes) = 0;
};

class MemrayRecords {
 public:
  MemrayRecords(const MemrayHeader& header, StreamReader& reader, MemrayStacks& stacks, MemrayListener& listener)
      : header_(header), reader_(reader), stacks_(stacks), listener_(listener) {}

  // Up to the record that ends a capture. False if the file ends before it.
  bool read();

 private:
  // Each returns false at the end of the capture.
  bool read_record_12(std::uint8_t tag);
  bool read_record_10(std::uint8_t tag);
  // Kinds that mean the same in every version and form; another ends in an Error that expected `expected`.
  void read_common(std::uint8_t kind, const char* expected);
  bool read_aggregated(std::uint8_t tag);
  void read_allocation_12(std::uint8_t tag);
  std::uint64_t read_pointer_12(std::uint8_t cached);
  void read_allocation_10(std::uint8_t allocator, bool with_native);
  void read_code();
  void read_native_frame();
  void read_images();
  void read_segment(const std::string& path, std::uint64_t base);
  void read_sums();
  std::uint64_t delta(std::uint64_t& running, const char* what);

  static constexpr std::size_t kCachedPointers = 15;

  const MemrayHeader& header_;
  StreamReader& reader_;
  MemrayStacks& stacks_;
  MemrayListener& listener_;
  std::array<std::uint64_t, kCachedPointers> pointers_{};
  std::uint64_t data_pointer_ = 0, native_frame_ = 0, instruction_pointer_ = 0, first_line_ = 0;
  std::uint64_t python_frame_ = 0, python_line_ = 0;
  std::string image_path_;  // of the group whose segments come
  std::uint64_t image_base_ = 0;
};

}  // namespace chunkmark::imports
