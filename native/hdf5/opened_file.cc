#include "native/hdf5/opened_file.h"

#include <filesystem>
#include <tuple>

#include "base/error.h"
#include "native/os/files.h"
#include "native/os/journaled_file.h"
#include "native/store/open_store.h"
#include "storage/hdf5/member_files.h"

namespace chunkmark::hdf5 {

namespace {

// A path, with no store; or the store that a URL names up to its last part, and that part.
std::pair<std::unique_ptr<store::Store>, std::string> stored(const std::string& path_or_url) {
  if (const auto path = store::folder_of_store(path_or_url)) return {nullptr, path->string()};
  const std::size_t slash = path_or_url.rfind('/');
  if (slash == std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument, "expected a file in a bucket or folder, found " + path_or_url);
  }
  return {store::open_store(path_or_url.substr(0, slash), bytes::Durability::kPowerLoss),
          path_or_url.substr(slash + 1)};
}

}  // namespace

std::string index_path(const std::string& path) {
  return path + ".idx";
}

void write_index(const std::string& path, ByteView index) {
  const auto [store, key] = stored(index_path(path));
  if (store == nullptr) return os::write_file(key, as_text(index));
  const auto sink = store->create(key, index.size());
  sink->append(index);
  sink->commit();
}

OpenedFile::OpenedFile(const std::string& path_or_url) {
  std::tie(store_, key_) = stored(path_or_url);
  bytes_ = beside("");
  if (bytes_ == nullptr) throw Error(ErrorCode::kNotFound, path_or_url + ": no such object");
  // Nobody commits to the file while its first bytes are looked at.
  bytes_->begin_reading();
  const std::unique_ptr<bytes::RandomAccess, void (*)(bytes::RandomAccess*)> reading(
      bytes_.get(), [](bytes::RandomAccess* file) { file->end_reading(); });
  joined_ = join_members(*bytes_, std::filesystem::path(key_).filename().string(), others(false));
}

std::unique_ptr<bytes::RandomAccess> OpenedFile::beside(const std::string& suffix) const {
  if (store_ != nullptr) {
    return store_->open_for(key_ + suffix, suffix.empty() ? store::Access::kScattered : store::Access::kWhole);
  }
  if (!suffix.empty() && !std::filesystem::exists(key_ + suffix)) return nullptr;
  return std::make_unique<os::SharedFile>(key_ + suffix);  // whose message says what is wrong with it
}

}  // namespace chunkmark::hdf5
