// BufferLives: the large blocks and mappings that were alive at the heap peak, and what they were seen to hold. Of the
// smaller blocks, those that were copied whole to or from a large one (pieces.h).
//
// Of a buffer's fingerprints the last before the peak and the first after it are kept: what it held at the peak is one
// of them, unless it was filled anew twice between. (A third one, the newest, for a higher peak to come.) The
// same holds for each range within it that was looked at by itself, since a smaller buffer seemed to hold the same.
// Memory: what lives now and what lived at the peak so far, each with a bounded number of fingerprints. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "instrument/capture/event.h"
#include "instrument/profile/pieces.h"

namespace chunkmark::profile {

struct LargeBuffer {
  std::uint64_t bytes = 0;
  std::uint64_t held_bytes = 0;  // of a mapping that counts by pages: what was ever touched; else the same
  std::uint32_t stack = 0;
  bool before_window = false;
  std::uint64_t born = 0;                   // number of the event
  std::uint64_t ended = ~std::uint64_t{0};  // the same; not yet: the highest
  struct Print {
    std::uint64_t number = 0;  // of the event before it
    std::uint64_t bytes = 0;
    std::vector<std::uint32_t> samples;
  };
  using Prints = std::vector<Print>;  // at most 3, in order
  using Range = std::pair<std::uint64_t, std::uint64_t>;
  Prints prints = {};                   // of the whole buffer
  std::map<Range, Prints> ranges = {};  // by offset and length
};

class BufferLives {
 public:
  // has_copies: whether there will be events of copies; without them no piece is looked for.
  explicit BufferLives(bool has_copies = true) : has_copies_(has_copies) {}

  void add(const capture::Event& event);
  void add(const capture::ContentPrint& print);
  // The heap is at its highest so far, with the last event.
  void note_peak() {
    peak_ = number_;
    pieces_.note_peak(peak_);
  }
  void open_window();

  // Whether any content was looked at: older captures, and those that were told not to, have none.
  bool has_prints() const { return has_prints_; }
  // In the order in which they came to life.
  std::vector<LargeBuffer> at_peak() const;
  // What else was, by call site and by the large buffer whose bytes it holds.
  std::vector<PieceGroup> pieces_at_peak() const { return pieces_.at_peak(); }

 private:
  void copied(const capture::Event& event);
  std::uint64_t buffer_around(std::uint64_t address, std::uint64_t bytes) const;
  void add_buffer(const capture::Event& event, bool by_pages);
  void end_buffer(std::uint64_t address);
  void unmap(std::uint64_t begin, std::uint64_t end);
  void add_to(LargeBuffer::Prints& prints, const capture::ContentPrint& print);
  void drop_older(LargeBuffer::Prints& prints) const;
  void keep_those_of_peak(LargeBuffer::Prints& prints) const;
  bool is_at_peak(const LargeBuffer& buffer) const { return buffer.born <= peak_ && buffer.ended > peak_; }

  std::uint64_t number_ = 0, peak_ = 0;
  bool has_copies_, has_prints_ = false;
  Pieces pieces_;
  std::map<std::uint64_t, LargeBuffer> alive_;  // by address
  std::vector<LargeBuffer> ended_;              // those that may have been alive at the peak
  std::size_t sweep_at_ = 1024;                 // ended_ is cleared of others when it has grown to this
};

}  // namespace chunkmark::profile
