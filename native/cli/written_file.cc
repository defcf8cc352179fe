#include "native/cli/written_file.h"

#include <fstream>

#include "base/error.h"
#include "native/os/files.h"

namespace chunkmark::cli {

void write_pieces(const std::filesystem::path& path, const std::function<void(const WritePiece& write)>& content) {
  os::NewFile file(path);
  std::ofstream out(file.temporary(), std::ios::binary);
  content([&out](std::string_view piece) { out.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
  out.close();
  if (!out) throw Error(ErrorCode::kIo, path.string() + ": cannot be written");
  file.commit();
}

}  // namespace chunkmark::cli
