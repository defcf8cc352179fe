// Numbers and glyphs as the terminal's tables show them.
#pragma once

#include <cstdint>
#include <string>

namespace chunkmark::cli {

// The copy glyph: one solid block for the array, one block for each extra copy: solid where it is proven to hold the
// array's bytes, outlined where its size alone is known.
std::string copy_glyph(std::uint64_t extra_copies, std::uint64_t proven_copies = 0);

// "100.0 MB", "12.3 kB": decimal units, as disks and the published studies use them.
std::string bytes_text(double bytes);

// After a buffer: ", there before begin", ", 67.1 MB of it before begin", or nothing where that is less than 1 %.
std::string before_text(double bytes, double bytes_before);

// Fixed decimals.
std::string decimal(double value, int digits);

// `text` padded with spaces to `columns` characters (code points, so that glyphs count as one).
std::string padded(const std::string& text, std::size_t columns);
std::string padded_left(const std::string& text, std::size_t columns);

// One more cell of a table's row, right-aligned: apart from what is left of it even where it is too wide.
std::string cell(const std::string& text, std::size_t columns);

// `text` with lines of at most 80 columns, broken between words where they have any: what is broken goes on below the
// line's last column (what follows two spaces), or else `hanging` spaces further in than it began.
std::string wrapped(const std::string& text, std::size_t hanging = 0);

bool is_terminal(int file);

}  // namespace chunkmark::cli
