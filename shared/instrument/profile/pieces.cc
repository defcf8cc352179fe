#include "instrument/profile/pieces.h"

#include <algorithm>
#include <map>
#include <utility>

namespace chunkmark::profile {
namespace {

constexpr std::uint64_t page_of(std::uint64_t address) {
  return address / Pieces::kMinBytes;
}

}  // namespace

void Pieces::add(const capture::Event& event, std::uint64_t number) {
  Piece& piece = alive_[page_of(event.address)];  // one whose end was not seen is forgotten
  piece = Piece{event.address, event.bytes, number};
  piece.stack = event.stack;
}

bool Pieces::end(std::uint64_t address, std::uint64_t number) {
  const auto at = alive_.find(page_of(address));
  if (at == alive_.end() || at->second.address != address) return false;
  at->second.ended = number;
  if (at->second.buffer != 0 && is_at_peak(at->second)) ended_.push_back(at->second);
  alive_.erase(at);
  if (ended_.size() >= sweep_at_) {
    std::erase_if(ended_, [this](const Piece& piece) { return !is_at_peak(piece); });
    sweep_at_ = 2 * ended_.size() + 1024;
  }
  return true;
}

// Whichever buffer has more of it.
void Pieces::Piece::share(std::uint64_t with, std::uint64_t count) {
  if (buffer != with) {
    if (count <= shared_bytes) return;
    buffer = with;
    shared_bytes = 0;
  }
  shared_bytes = std::min(shared_bytes + count, bytes);
}

// The piece that has these bytes, and in which they begin within the first page or two.
Pieces::Piece* Pieces::find(std::uint64_t address, std::uint64_t bytes) {
  for (const std::uint64_t page : {page_of(address), page_of(address) - 1}) {
    const auto at = alive_.find(page);
    if (at == alive_.end() || at->second.address > address) continue;
    Piece& piece = at->second;
    if (bytes <= piece.bytes && address - piece.address <= piece.bytes - bytes) return &piece;
  }
  return nullptr;
}

void Pieces::gathered(const capture::Event& copy, std::uint64_t buffer) {
  Piece* piece = find(copy.source, copy.bytes);
  if (piece == nullptr) return;
  piece->share(buffer, copy.bytes);
  const Arrival arrival = std::exchange(piece->arrival, {});
  const std::uint64_t begin = std::max(arrival.to, copy.source);
  const std::uint64_t end = std::min(arrival.to + arrival.bytes, copy.source + copy.bytes);
  if (arrival.origin == 0 || begin >= end) return;
  const auto origin = alive_.find(page_of(arrival.origin));
  if (origin != alive_.end() && origin->second.born == arrival.origin_born) origin->second.share(buffer, end - begin);
  if (end < arrival.to + arrival.bytes) {  // the rest is still to come
    piece->arrival = {end, arrival.to + arrival.bytes - end, 0, arrival.origin, arrival.origin_born};
  }
}

void Pieces::cut(const capture::Event& copy, std::uint64_t buffer) {
  if (Piece* piece = find(copy.address, copy.bytes)) {
    piece->share(buffer, copy.bytes);
    piece->arrival = {copy.address, copy.bytes, buffer, 0, 0};
  }
}

void Pieces::passed_on(const capture::Event& copy) {
  Piece* to = find(copy.address, copy.bytes);
  Piece* from = find(copy.source, copy.bytes);
  if (to == nullptr || from == nullptr) return;
  const Arrival& arrival = from->arrival;
  const bool covers = copy.source >= arrival.to && copy.source + copy.bytes <= arrival.to + arrival.bytes;
  if (arrival.buffer != 0 && covers) to->share(arrival.buffer, copy.bytes);
  to->arrival = {copy.address, copy.bytes, 0, from->address, from->born};
}

std::vector<PieceGroup> Pieces::at_peak() const {
  std::map<std::pair<std::uint32_t, std::uint64_t>, PieceGroup> groups;
  const auto add = [&](const Piece& piece) {
    if (piece.buffer == 0 || !is_at_peak(piece)) return;
    const bool before_window = piece.born <= window_;
    PieceGroup& group = groups[{piece.stack, piece.buffer}];
    group = {piece.stack, piece.buffer, group.bytes + piece.shared_bytes, group.before_window || before_window};
  };
  for (const Piece& piece : ended_) add(piece);
  for (const auto& [page, piece] : alive_) add(piece);
  std::vector<PieceGroup> found;
  found.reserve(groups.size());
  for (const auto& [key, group] : groups) found.push_back(group);
  return found;
}

}  // namespace chunkmark::profile
