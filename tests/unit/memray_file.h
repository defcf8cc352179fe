// A memray capture of a known story, in any of the versions 10 to 13, written from the format's description.
//
// main calls make (line 3), which has 1000 bytes by malloc, and map (line 5), which maps 8192; 4096 of that are
// unmapped. Another thread has 600 bytes without a Python frame. The 1000 are freed, and 1000 others taken, which makes
// the same heap again: the peak is the later one.
#pragma once

#include <string_view>
#include <vector>

#include "base/byte_writer.h"

namespace chunkmark::test {

class MemrayFile {
 public:
  explicit MemrayFile(int version, bool aggregated = false) : version_(version) {
    raw("memray");
    u8(0);
    number<std::int32_t>(version);
    if (version >= 12) number<std::uint32_t>(0x030b07f0);
    u8(0);
    u8(aggregated ? 1 : 0);
    number<std::uint64_t>(aggregated ? 0 : 7);
    number<std::uint64_t>(0);
    number<std::int64_t>(1'700'000'000'000);
    number<std::int64_t>(1'700'000'000'250);
    text("story.py --fast");
    number<std::int32_t>(77);
    number<std::uint64_t>(1);
    number<std::uint64_t>(0);
    u8(1);
    if (version >= 11) u8(0);
    if (version >= 12) u8(0);
    if (version >= 13) {
      text("/lib");
      text("/site-packages");
      text("");
      text("");
    }
    aggregated ? tell_sums() : tell_story();
  }

  const std::vector<std::byte> bytes() const { return {out_.view().begin(), out_.view().end()}; }

 private:
  bool newer() const { return version_ >= 12; }
  void u8(int value) {
    const auto byte = static_cast<std::byte>(value);
    out_.append({&byte, 1});
  }
  void raw(std::string_view words) { out_.append(as_byte_view(words)); }
  void text(std::string_view words) {
    raw(words);
    u8(0);
  }
  template <typename T>
  void number(T value) {
    std::byte bytes[sizeof(T)];
    store_le(bytes, value);
    out_.append(bytes);
  }
  void delta(std::int64_t& running, std::int64_t value) {
    out_.signed_varint(value - running);
    running = value;
  }

  // Function and line; the code's first line is one before, and its table tells one line more for all of it.
  void define(int id, std::string_view function, int line) {
    if (newer()) {
      u8(14);
      out_.varint(static_cast<std::uint64_t>(id));
      text(function);
      text("story.py");
      delta(first_line_, line - 1);
      out_.varint(3);
      u8(128 | 11 << 3 | 7);  // one line more, eight code units, two columns
      u8(0);
      u8(9);
    } else {
      u8(3);
      delta(frame_, id);
      text(function);
      text("story.py");
      delta(line_, line);
    }
  }
  void push(int id) {
    u8(newer() ? 64 : 4);
    if (newer()) {
      out_.varint(static_cast<std::uint64_t>(id));
      out_.signed_varint(4);
    } else {
      delta(frame_, id);
    }
  }
  void pop(int frames) { u8(newer() ? 16 + frames - 1 : (frames - 1) << 4 | 9); }
  void thread(std::uint64_t tid) {
    u8(12);
    number(tid);
  }
  void memory(std::uint64_t resident, std::uint64_t ms) {
    u8(newer() ? 2 : 11);
    out_.varint(resident);
    out_.varint(ms);
  }
  // allocator: its number in the older and in the newer versions.
  void allocation(int older, int latter, std::int64_t address, const std::uint64_t* bytes) {
    if (newer()) {
      u8(128 | 15 << 3 | (latter < 8 ? latter : 0));
      delta(address_, address >> 3);
      if (latter >= 8) u8(latter);
    } else {
      u8(older << 4 | 1);
      delta(address_, address);
    }
    if (bytes != nullptr) out_.varint(*bytes);
  }

  void tell_story() {
    const std::uint64_t block = 1000, other = 600, mapping = 8192, half = 4096;
    memory(50'000, 0);
    thread(1);
    define(1, "main", 9);
    define(2, "make", 3);
    define(3, "map", 5);
    push(1);
    push(2);
    allocation(1, 6, 0x1000, &block);
    pop(1);
    thread(2);
    allocation(1, 6, 0x2000, &other);
    thread(1);
    push(3);
    allocation(10, 14, 0x100000, &mapping);
    memory(60'000, 20);
    allocation(11, 15, 0x101000, &half);
    pop(1);
    // The peak was 9792 before; it comes again: 4096 more are mapped, and the block is taken twice.
    push(3);
    allocation(10, 14, 0x200000, &half);
    pop(1);
    allocation(2, 5, 0x1000, nullptr);
    push(1);
    allocation(1, 6, 0x1000, &block);
    pop(2);
    u8(newer() ? 1 : 16);
  }

  void trace(std::uint64_t frame, std::uint32_t parent) {
    u8(3);
    if (newer()) {
      out_.varint(frame);
      out_.varint(parent);
    } else {
      number(frame);
      number(parent);
    }
  }
  void sums(std::uint64_t tid, std::uint64_t stack, std::uint64_t peak_blocks, std::uint64_t end_blocks,
            std::uint64_t peak_bytes, std::uint64_t end_bytes) {
    u8(2);
    for (const std::uint64_t value : {tid, std::uint64_t{6}, std::uint64_t{0}, stack, std::uint64_t{1}, peak_blocks,
                                      end_blocks, peak_bytes, end_bytes}) {
      number(value);
    }
  }
  void tell_sums() {
    u8(1);
    number<std::int64_t>(1'700'000'000'100);
    number<std::uint64_t>(50'000);
    number<std::uint64_t>(1600);
    if (newer()) define(1, "main", 9);
    if (newer()) define(2, "make", 3);
    for (std::uint64_t frame : {0u, 1u}) {
      u8(4);
      if (newer()) {
        out_.varint(frame);
        out_.varint(frame + 1);
        out_.signed_varint(4);
      } else {
        number(frame);
        text(frame == 0 ? "main" : "make");
        text("story.py");
        number<std::int32_t>(frame == 0 ? 9 : 3);
      }
      u8(1);
    }
    trace(0, 0);
    trace(1, 1);
    sums(1, 2, 3, 1, 1000, 400);
    sums(2, 0, 1, 1, 600, 600);
    u8(15);
  }

  int version_;
  ByteWriter out_;
  std::int64_t address_ = 0, first_line_ = 0, frame_ = 0, line_ = 0;
};

}  // namespace chunkmark::test
