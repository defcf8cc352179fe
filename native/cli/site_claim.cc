#include "native/cli/site_claim.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/json.h"
#include "native/os/files.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

bool is_site(const fs::path& index) {
  if (!fs::is_regular_file(index)) return false;
  try {
    const os::MappedFile file(index);
    const json::value document = parse_json(as_text(file.bytes()), index.string());
    const json::value* runs = document.is_object() ? document.get_object().if_contains("runs") : nullptr;
    return runs != nullptr && runs->is_array();
  } catch (const Error&) {
    return false;  // whatever it is, it is not ours
  }
}

}  // namespace

SiteClaim::SiteClaim(const fs::path& folder, OtherContent other) {
  const fs::path index = folder / "runs" / "index.json";
  if (fs::exists(folder) && !fs::is_directory(folder)) {
    throw Error(ErrorCode::kInvalidArgument, folder.string() + ": expected a folder for the site, found a file");
  }
  const bool ours = is_site(index);
  if (other == OtherContent::kRefused && !ours && fs::exists(folder) && !fs::is_empty(folder)) {
    throw Error(ErrorCode::kInvalidArgument, folder.string() +
                                                 ": expected an empty folder or a site made before, found " +
                                                 fs::directory_iterator(folder)->path().filename().string());
  }
  fs::create_directories(folder);
  lock_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) throw Error(ErrorCode::kIo, folder.string() + ": " + std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(lock_);
    throw Error(ErrorCode::kConflict, folder.string() + ": another process writes or serves the site there");
  }
  try {
    if (!ours) os::write_file(index, pretty_json(json::object{{"runs", json::array()}}));
  } catch (...) {
    close(lock_);
    throw;
  }
}

SiteClaim::~SiteClaim() {
  close(lock_);
}

}  // namespace chunkmark::cli
