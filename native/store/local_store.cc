#include "native/store/local_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "base/error.h"
#include "native/os/file.h"

namespace chunkmark::store {
namespace {

namespace fs = std::filesystem;

// Names of files that are being written. Listings leave them out.
constexpr std::string_view kTemporarySuffix = ".tmp";

bool is_temporary(std::string_view name) {
  return name.starts_with('.') && name.ends_with(kTemporarySuffix);
}

// Makes `folder` and its parents; with `durable`, each new one's entry reaches the disk.
void make_folders(const fs::path& folder, bool durable) {
  std::error_code failure;
  if (folder.empty() || fs::is_directory(folder, failure)) return;
  make_folders(folder.parent_path(), durable);
  if (::mkdir(folder.c_str(), 0777) != 0) {
    if (errno == EEXIST) return;  // another writer was faster
    os::throw_errno(folder.string(), "mkdir");
  }
  if (durable) os::sync_directory(folder.has_parent_path() ? folder.parent_path().string() : ".");
}

class LocalSink final : public bytes::Sink {
 public:
  LocalSink(std::string key, fs::path place, bytes::Durability durability)
      : key_(std::move(key)), place_(std::move(place)), durable_(durability == bytes::Durability::kPowerLoss) {
    static std::atomic<unsigned> counter{0};  // names only; several sinks of one process may write one key
    make_folders(place_.parent_path(), durable_);
    temporary_ = place_.parent_path() / ("." + place_.filename().string() + "." + std::to_string(::getpid()) + "." +
                                         std::to_string(counter++) + std::string(kTemporarySuffix));
    file_.emplace(temporary_.string(), os::File::Mode::kCreateNew);
  }

  ~LocalSink() override {
    if (!committed_) ::unlink(temporary_.c_str());
  }

  const std::string& name() const override { return key_; }

  using bytes::Sink::append;
  void append(std::span<const ByteView> runs) override {
    file_->write_at(end_, runs);
    for (const ByteView run : runs) end_ += run.size();
    grown_ = end_;
  }

  // A hole, which reads as zeros; if it stays at the end, commit() makes the file reach over it.
  void reserve(std::size_t bytes) override { end_ += bytes; }

  void patch_at(std::uint64_t offset, ByteView bytes) override {
    file_->write_at(offset, bytes);
    grown_ = std::max<std::uint64_t>(grown_, offset + bytes.size());
  }

  void truncate(std::uint64_t size) override {
    if (grown_ > size) file_->truncate(size);
    end_ = size;
    grown_ = std::min(grown_, size);
  }

  void commit() override {
    if (grown_ < end_) file_->truncate(end_);
    if (durable_) file_->sync();
    file_->close();
    if (::rename(temporary_.c_str(), place_.c_str()) != 0) os::throw_errno(place_.string(), "rename");
    committed_ = true;
    if (durable_) os::sync_directory(place_.parent_path().string());
  }

 private:
  std::string key_;
  fs::path place_;
  fs::path temporary_;
  bool durable_;
  std::optional<os::File> file_;
  std::uint64_t end_ = 0;
  std::uint64_t grown_ = 0;  // how far the file itself reaches
  bool committed_ = false;
};

}  // namespace

LocalStore::LocalStore(fs::path root, bytes::Durability durability) : root_(std::move(root)), durability_(durability) {}

fs::path LocalStore::path_of(std::string_view key) const {
  check_key(key);
  return root_ / key;
}

std::unique_ptr<bytes::Sink> LocalStore::create(std::string_view key, std::optional<std::uint64_t>) {
  fs::path place = path_of(key);
  if (is_temporary(place.filename().string())) {
    throw Error(ErrorCode::kInvalidArgument,
                "expected a key that is not a temporary name, found \"" + std::string(key) + "\"");
  }
  return std::make_unique<LocalSink>(std::string(key), std::move(place), durability_);
}

std::unique_ptr<bytes::RandomAccess> LocalStore::open(std::string_view key) {
  const fs::path place = path_of(key);
  std::error_code failure;
  if (fs::is_directory(place, failure)) return nullptr;  // a prefix of keys is no object
  try {
    return std::make_unique<os::File>(place.string(), os::File::Mode::kRead, std::string(key));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return nullptr;
    throw;
  }
}

bool LocalStore::erase(std::string_view key) {
  const fs::path place = path_of(key);
  if (::unlink(place.c_str()) != 0) {
    if (errno == ENOENT || errno == EISDIR || errno == ENOTDIR) return false;
    os::throw_errno(place.string(), "unlink");
  }
  if (durability_ == bytes::Durability::kPowerLoss) os::sync_directory(place.parent_path().string());
  return true;
}

std::vector<std::string> LocalStore::list(std::string_view prefix) {
  const fs::path folder = prefix.empty() ? root_ : path_of(prefix);
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
    std::string name = it->path().filename().string();
    if (is_temporary(name)) continue;
    std::error_code unknown;  // a link that leads to itself, say: a name like any other
    if (it->is_directory(unknown)) name += '/';
    names.push_back(std::move(name));
  }
  if (failure && failure != std::errc::no_such_file_or_directory && failure != std::errc::not_a_directory) {
    throw Error(ErrorCode::kIo, folder.string() + ": " + failure.message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace chunkmark::store
