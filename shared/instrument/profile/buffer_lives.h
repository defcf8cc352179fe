// BufferLives: the large blocks and mappings that were alive at the heap peak, and what they were seen to hold.
//
// Of a buffer's fingerprints the last before the peak and the first after it are kept: what it held at the peak is one
// of them, unless it was filled anew twice between. (A third one, the newest, for a higher peak to come.) Memory: what
// lives now and what lived at the peak so far. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "instrument/capture/event.h"

namespace chunkmark::profile {

constexpr std::uint64_t kLargeBufferBytes = 1 << 20;  // the tracer looks at no smaller one

struct LargeBuffer {
  std::uint64_t bytes = 0;
  std::uint32_t stack = 0;
  bool before_window = false;
  std::uint64_t born = 0;                   // number of the event
  std::uint64_t ended = ~std::uint64_t{0};  // the same; not yet: the highest
  struct Print {
    std::uint64_t number = 0;  // of the event before it
    std::uint64_t bytes = 0;
    std::vector<std::uint32_t> samples;
  };
  std::vector<Print> prints = {};  // at most 3, in order
};

class BufferLives {
 public:
  void add(const capture::Event& event);
  void add(const capture::ContentPrint& print);
  // The heap is at its highest so far, with the last event.
  void note_peak() { peak_ = number_; }
  void open_window();

  // Whether any content was looked at: older captures, and those that were told not to, have none.
  bool has_prints() const { return has_prints_; }
  // In the order in which they came to life.
  std::vector<LargeBuffer> at_peak() const;

 private:
  void add_buffer(const capture::Event& event);
  void end_buffer(std::uint64_t address);
  void unmap(std::uint64_t begin, std::uint64_t end);
  void drop_older(std::vector<LargeBuffer::Print>& prints) const;
  bool is_at_peak(const LargeBuffer& buffer) const { return buffer.born <= peak_ && buffer.ended > peak_; }

  std::uint64_t number_ = 0, peak_ = 0;
  bool has_prints_ = false;
  std::map<std::uint64_t, LargeBuffer> alive_;  // by address
  std::vector<LargeBuffer> ended_;              // those that may have been alive at the peak
  std::size_t sweep_at_ = 1024;                 // ended_ is cleared of others when it has grown to this
};

}  // namespace chunkmark::profile
