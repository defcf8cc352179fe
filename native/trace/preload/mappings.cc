#include "native/trace/preload/mappings.h"

#include "native/trace/preload/recorder.h"
#include "native/trace/preload/scratch.h"
#include "native/trace/system_calls.h"

namespace chunkmark::trace {
namespace {

// Reads a file by character.
class Characters {
 public:
  explicit Characters(const char* path) : file_(t_state.confined ? -1 : sys_open(path, O_RDONLY | O_CLOEXEC)) {}
  ~Characters() {
    if (file_ >= 0) sys_call(SYS_close, file_);
  }
  Characters(const Characters&) = delete;
  Characters& operator=(const Characters&) = delete;

  // '\0' at the end.
  char next() {
    if (at_ == filled_) {
      filled_ = file_ >= 0 && buffer_.get() != nullptr ? sys_call(SYS_read, file_, *buffer_.get(), kBufferBytes) : 0;
      at_ = 0;
      if (filled_ <= 0) return filled_ = 0, '\0';
    }
    return (*buffer_.get())[at_++];
  }

 private:
  int file_;
  long at_ = 0, filled_ = 0;
  static constexpr std::size_t kBufferBytes = 4096;
  ScratchClaim<char[kBufferBytes]> buffer_{recording_slot(), t_state.number};
};

// A number in base 16 and the character after it.
std::uint64_t read_number(Characters& text, char& after) {
  std::uint64_t value = 0;
  for (;;) {
    after = text.next();
    if (after >= '0' && after <= '9') {
      value = value * 16 + static_cast<std::uint64_t>(after - '0');
    } else if (after >= 'a' && after <= 'f') {
      value = value * 16 + static_cast<std::uint64_t>(after - 'a' + 10);
    } else {
      return value;
    }
  }
}

// Whether the rest of a line, without the spaces before it, is `expected`.
bool rest_is(Characters& text, char& after, const char* expected) {
  while (after == ' ') after = text.next();
  bool same = true;
  for (; after != '\n' && after != '\0'; after = text.next()) same = same && after == *expected++;
  return same && *expected == '\0';
}

}  // namespace

// A line: "begin-end rwxp offset major:minor inode      path\n".
void for_each_mapping(std::uint64_t begin, std::uint64_t end, void (*visit)(const Mapping&, void*), void* context) {
  Characters text("/proc/self/maps");
  for (char after = '\n'; after != '\0';) {
    Mapping mapping{};
    mapping.begin = read_number(text, after);
    mapping.end = read_number(text, after);
    if (after == '\0' || mapping.begin >= end) return;
    const bool readable = text.next() == 'r';
    const bool writable = text.next() == 'w';
    const bool executable = text.next() == 'x';
    const bool is_private = text.next() == 'p';
    text.next();
    read_number(text, after);
    read_number(text, after);
    read_number(text, after);
    const std::uint64_t inode = read_number(text, after);  // decimal, but only zero is of interest
    // The kernel gives shared anonymous memory a file of its own, which has this name.
    const bool shared_anonymous = rest_is(text, after, "/dev/zero (deleted)") && !is_private;
    if (mapping.end <= begin) continue;
    mapping.accessible = readable || writable || executable;
    mapping.anonymous = (is_private && inode == 0) || shared_anonymous;
    if (mapping.begin < begin) mapping.begin = begin;
    if (mapping.end > end) mapping.end = end;
    visit(mapping, context);
  }
}

}  // namespace chunkmark::trace
