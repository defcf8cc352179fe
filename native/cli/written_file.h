// A file that is written in pieces, and is there whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace chunkmark::cli {

using WritePiece = std::function<void(std::string_view piece)>;

// `content` gives its pieces to what it is called with. Errors: kInvalidArgument where no file can be, kIo; what
// content throws, and then nothing is written.
void write_pieces(const std::filesystem::path& path, const std::function<void(const WritePiece& write)>& content);

}  // namespace chunkmark::cli
