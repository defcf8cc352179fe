#include "storage/array/chunk_view.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/array/box.h"

namespace chunkmark::array {
namespace {

template <typename Word>
void swap_each(MutableByteView bytes) {
  for (std::size_t i = 0; i + sizeof(Word) <= bytes.size(); i += sizeof(Word)) {
    Word word;
    std::memcpy(&word, &bytes[i], sizeof word);
    if constexpr (sizeof(Word) == 2) word = __builtin_bswap16(word);
    if constexpr (sizeof(Word) == 4) word = __builtin_bswap32(word);
    if constexpr (sizeof(Word) == 8) word = __builtin_bswap64(word);
    std::memcpy(&bytes[i], &word, sizeof word);
  }
}

// Visits the pieces of serial range [offset, offset + bytes): run(memory offset, piece, position) for what
// the view holds, rows(cursor, n, position) for n whole rows that are one run each, pad(piece, position) for
// the rest.
//
// Every row is padding, run, padding (or padding alone: such rows are passed together), cut where the range begins and
// ends. So each piece is the part of one of those three that lies in the range, and the pieces, in order, are the
// range. Where rows are one run without padding, all those that differ in the innermost dimension alone are handed out
// together: short rows are then one strided loop instead of a call each.
template <typename Run, typename Rows, typename Pad>
void walk(const ChunkRows& layout, std::uint64_t offset, std::uint64_t bytes, Run run, Rows rows, Pad pad) {
  if (bytes == 0) return;  // the rows of a layout without elements are of no bytes
  const std::uint64_t row_bytes = layout.row_bytes();
  ChunkRows::Cursor cursor(layout, offset / row_bytes);
  std::uint64_t in_row = offset % row_bytes;
  std::uint64_t position = 0;
  while (position < bytes) {
    const std::uint64_t left = bytes - position;
    if (!cursor.in_view()) {
      const std::uint64_t rows_outside = cursor.rows_outside();
      const std::uint64_t outside = std::min(rows_outside * row_bytes - in_row, left);
      pad(outside, position);
      position += outside;
      in_row = 0;
      cursor.advance(rows_outside);
      continue;
    }
    const std::uint64_t whole_rows =
        layout.run_bytes() == row_bytes && in_row == 0 ? std::min(cursor.rows_at_stride(), left / row_bytes) : 0;
    if (whole_rows > 0) {
      rows(cursor, whole_rows, position);
      position += whole_rows * row_bytes;
      cursor.advance(whole_rows);
      continue;
    }
    const std::uint64_t row_end = std::min(row_bytes, in_row + left);
    std::uint64_t at = in_row;
    const auto pad_to = [&](std::uint64_t end) {
      if (end <= at) return;
      pad(end - at, position);
      position += end - at;
      at = end;
    };
    pad_to(std::min(row_end, layout.run_begin()));
    if (const std::uint64_t end = std::min(row_end, layout.run_end()); end > at) {
      run(cursor.memory_offset() + static_cast<std::int64_t>(at - layout.run_begin()), end - at, position);
      position += end - at;
      at = end;
    }
    pad_to(row_end);
    in_row = 0;
    cursor.advance(1);
  }
}

// Where serial range [offset, offset + bytes) is one run of memory; false when it is not.
bool find_direct(const ChunkRows& rows, std::uint64_t offset, std::uint64_t bytes, std::int64_t& memory_offset) {
  if (bytes == 0) return false;
  const std::uint64_t in_row = offset % rows.row_bytes();
  if (in_row < rows.run_begin() || in_row + bytes > rows.run_end()) return false;
  const ChunkRows::Cursor cursor(rows, offset / rows.row_bytes());
  if (!cursor.in_view()) return false;
  memory_offset = cursor.memory_offset() + static_cast<std::int64_t>(in_row - rows.run_begin());
  return true;
}

}  // namespace

void swap_words(MutableByteView bytes, std::size_t word_bytes) {
  switch (word_bytes) {
    case 2:
      return swap_each<std::uint16_t>(bytes);
    case 4:
      return swap_each<std::uint32_t>(bytes);
    case 8:
      return swap_each<std::uint64_t>(bytes);
    default:
      return;
  }
}

void repeat_element(MutableByteView out, ByteView element, std::size_t phase) {
  const std::byte first = element.empty() ? std::byte{0} : element.front();
  if (std::all_of(element.begin(), element.end(), [&](std::byte b) { return b == first; })) {
    std::fill(out.begin(), out.end(), first);
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = element[(phase + i) % element.size()];
}

ChunkSource::ChunkSource(Source view, const Region& in_chunk, const ChunkForm& form)
    : view_(std::move(view)),
      shape_(form.chunk_shape),
      in_chunk_(in_chunk),
      rows_(form.chunk_shape, in_chunk, view_.strides, view_.dtype.item_bytes),
      swap_(form.swap_bytes && view_.dtype.word_bytes() > 1),
      fill_(form.fill) {}

const std::byte* ChunkSource::direct(std::uint64_t offset, std::uint64_t bytes) const {
  std::int64_t at = 0;
  return !swap_ && find_direct(rows_, offset, bytes, at) ? view_.data + at : nullptr;
}

void ChunkSource::gather(std::uint64_t offset, MutableByteView out) const {
  const std::size_t item = view_.dtype.item_bytes;
  walk(
      rows_, offset, out.size(),
      [&](std::int64_t at, std::uint64_t n, std::uint64_t to) { std::memcpy(&out[to], view_.data + at, n); },
      [&](const ChunkRows::Cursor& cursor, std::uint64_t n, std::uint64_t to) {
        copy_strided(&out[to], static_cast<std::int64_t>(rows_.row_bytes()), view_.data + cursor.memory_offset(),
                     cursor.stride(), n, rows_.row_bytes());
      },
      [&](std::uint64_t n, std::uint64_t to) { repeat_element(out.subspan(to, n), fill_, (offset + to) % item); });
  if (swap_) swap_words(out, view_.dtype.word_bytes());
}

void ChunkSource::lend_runs(const TakeRuns& take) const {
  const std::size_t item = std::max<std::size_t>(view_.dtype.item_bytes, 1);
  const std::size_t padding_bytes = std::max(item, kPaddingBytes / item * item);  // whole elements
  std::vector<std::byte> padding;
  std::vector<ByteView> batch;
  batch.reserve(kRunsPerBatch);
  const auto lend = [&](ByteView run) {
    batch.push_back(run);
    if (batch.size() < kRunsPerBatch) return;
    take(batch);
    batch.clear();
  };
  walk(
      rows_, 0, rows_.bytes(),
      [&](std::int64_t at, std::uint64_t n, std::uint64_t) {
        lend({view_.data + at, static_cast<std::size_t>(n)});
      },
      [&](const ChunkRows::Cursor& cursor, std::uint64_t n, std::uint64_t) {
        const std::byte* row = view_.data + cursor.memory_offset();
        for (; n > 0; --n, row += cursor.stride()) lend({row, static_cast<std::size_t>(rows_.row_bytes())});
      },
      [&](std::uint64_t n, std::uint64_t) {
        if (padding.empty()) {
          padding.resize(padding_bytes);
          repeat_element(padding, fill_, 0);
        }
        for (; n > 0; n -= std::min<std::uint64_t>(n, padding_bytes)) {
          lend(ByteView(padding).first(static_cast<std::size_t>(std::min<std::uint64_t>(n, padding_bytes))));
        }
      });
  if (!batch.empty()) take(batch);
}

ChunkDest::ChunkDest(Dest view, const Region& in_chunk, const ChunkForm& form)
    : view_(std::move(view)),
      shape_(form.chunk_shape),
      in_chunk_(in_chunk),
      rows_(form.chunk_shape, in_chunk, view_.strides, view_.dtype.item_bytes),
      swap_(form.swap_bytes && view_.dtype.word_bytes() > 1) {}

std::byte* ChunkDest::direct(std::uint64_t offset, std::uint64_t bytes) const {
  std::int64_t at = 0;
  return find_direct(rows_, offset, bytes, at) ? view_.data + at : nullptr;
}

void ChunkDest::landed(std::uint64_t offset, std::uint64_t bytes) const {
  std::int64_t at = 0;
  if (swap_ && find_direct(rows_, offset, bytes, at)) {
    swap_words({view_.data + at, static_cast<std::size_t>(bytes)}, view_.dtype.word_bytes());
  }
}

void ChunkDest::scatter(std::uint64_t offset, MutableByteView bytes) const {
  if (swap_) swap_words(bytes, view_.dtype.word_bytes());
  walk(
      rows_, offset, bytes.size(),
      [&](std::int64_t at, std::uint64_t n, std::uint64_t from) { std::memcpy(view_.data + at, &bytes[from], n); },
      [&](const ChunkRows::Cursor& cursor, std::uint64_t n, std::uint64_t from) {
        copy_strided(view_.data + cursor.memory_offset(), cursor.stride(), &bytes[from],
                     static_cast<std::int64_t>(rows_.row_bytes()), n, rows_.row_bytes());
      },
      [](std::uint64_t, std::uint64_t) {});
}

void ChunkDest::lend_runs(const PutRuns& put) const {
  std::vector<MutableByteView> batch;
  batch.reserve(kRunsPerBatch);
  const std::uint64_t begin = wanted_begin();
  std::uint64_t batch_begin = begin;
  std::uint64_t batch_end = begin;
  const auto flush = [&] {
    if (batch.empty()) return;
    put(batch_begin, batch);
    if (swap_) {
      for (const MutableByteView run : batch) swap_words(run, view_.dtype.word_bytes());
    }
    batch.clear();
  };
  const auto lend = [&](std::uint64_t offset, std::byte* at, std::uint64_t n) {
    if (offset != batch_end || batch.size() == kRunsPerBatch) flush();
    if (batch.empty()) batch_begin = offset;
    batch.emplace_back(at, static_cast<std::size_t>(n));
    batch_end = offset + n;
  };
  walk(
      rows_, begin, wanted_end() - begin,
      [&](std::int64_t at, std::uint64_t n, std::uint64_t from) { lend(begin + from, view_.data + at, n); },
      [&](const ChunkRows::Cursor& cursor, std::uint64_t n, std::uint64_t from) {
        std::byte* row = view_.data + cursor.memory_offset();
        for (std::uint64_t i = 0; i < n; ++i, row += cursor.stride()) {
          lend(begin + from + i * rows_.row_bytes(), row, rows_.row_bytes());
        }
      },
      [](std::uint64_t, std::uint64_t) {});
  flush();
}

}  // namespace chunkmark::array
