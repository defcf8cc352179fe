// Pieces: blocks of 4 KiB to 1 MiB, and whose bytes they hold: a large buffer that was gathered from them, or cut into
// them, by copies of the memcpy family.
//
// No fingerprint is taken of a block this small. But a copy between one and a large buffer leaves the same bytes in
// both, and copies are told with both addresses: so of a piece it is known which buffer it was copied to or from, and
// how much of it; over one more piece in between, too, as readers with a buffer of their own have it. Only copies that
// begin within the first pages of a block are heeded (what lies before is its header). A piece whose bytes are changed
// after it was copied is taken to hold them still.
//
// Memory: what is alive, and what was at the peak. Not thread-safe.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "instrument/capture/event.h"

namespace chunkmark::profile {

// The pieces of one call site that hold bytes of one large buffer.
struct PieceGroup {
  std::uint32_t stack = 0;
  std::uint64_t buffer = 0;  // LargeBuffer::born
  std::uint64_t bytes = 0;   // of those, held by both
  bool before_window = false;
};

class Pieces {
 public:
  static constexpr std::uint64_t kMinBytes = 4096;  // a smaller copy is counted, not recorded

  // A block of at least kMinBytes came to life; `number` orders births, ends and peaks.
  void add(const capture::Event& event, std::uint64_t number);
  // Whether a piece ended.
  bool end(std::uint64_t address, std::uint64_t number);
  // Copies: from a piece, or not, into the large buffer `buffer`; the reverse; between what is not large.
  void gathered(const capture::Event& copy, std::uint64_t buffer);
  void cut(const capture::Event& copy, std::uint64_t buffer);
  void passed_on(const capture::Event& copy);
  void note_peak(std::uint64_t number) { peak_ = number; }
  void open_window(std::uint64_t number) { window_ = number; }

  std::vector<PieceGroup> at_peak() const;

 private:
  // The newest copy into a piece, until it was copied further.
  struct Arrival {
    std::uint64_t to = 0, bytes = 0;
    std::uint64_t buffer = 0;                   // from this large one; or else
    std::uint64_t origin = 0, origin_born = 0;  // from the piece at this address
  };
  struct Piece {
    std::uint64_t address, bytes, born;
    std::uint64_t ended = ~std::uint64_t{0};
    std::uint64_t buffer = 0, shared_bytes = 0;
    std::uint32_t stack = 0;
    Arrival arrival = {};

    void share(std::uint64_t with, std::uint64_t count);
  };

  Piece* find(std::uint64_t address, std::uint64_t bytes);

  bool is_at_peak(const Piece& piece) const { return piece.born <= peak_ && piece.ended > peak_; }

  std::uint64_t peak_ = 0, window_ = 0;
  boost::unordered_flat_map<std::uint64_t, Piece> alive_;  // by the page where it begins: two cannot begin in one
  std::vector<Piece> ended_;                               // those that may have been alive at the peak, and are shared
  std::size_t sweep_at_ = 1024;
};

}  // namespace chunkmark::profile
