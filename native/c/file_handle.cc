#include "native/c/file_handle.h"

#include <chrono>

#include "native/os/files.h"
#include "native/store/open_store.h"
#include "storage/versioned/new_file.h"

namespace chunkmark::c {

namespace {

std::mutex& library_mutex() {
  static std::mutex& mutex = *new std::mutex;  // never destroyed, as the pool of threads
  return mutex;
}

json::object version_json(const versioned::VersionInfo& info) {
  return {{"name", info.name},
          {"previous", info.has_parent() ? json::value(info.previous) : json::value()},
          {"timestamp", info.timestamp},
          {"message", info.message},
          {"committed", info.committed}};
}

}  // namespace

OpenFile::Use::Use(OpenFile& file, bool writes)
    : library_(writes ? std::unique_lock(library_mutex()) : std::unique_lock<std::mutex>()), file_(file.mutex_) {}

OpenFile::OpenFile(std::string path_or_url) : name_(std::move(path_or_url)) {
  reader();
}

OpenFile::~OpenFile() {
  const std::lock_guard lock(library_mutex());
  close();
}

void OpenFile::check_open() const {
  if (closed_) invalid(name_ + ": the file is closed");
}

versioned::VersionedFile& OpenFile::reader() {
  check_open();
  if (writing_) return writing_->writer.reader();
  if (!file_) file_.emplace(name_);
  if (!reader_) reader_.emplace(file_->bytes());
  return *reader_;
}

Writing& OpenFile::writing(double wait_seconds) {
  check_open();
  if (writing_) return *writing_;
  const auto path = store::folder_of_store(name_);
  if (!path) throw Error(ErrorCode::kUnsupported, name_ + ": expected a local file to commit to");
  constexpr double kMaxWaitSeconds = 86400;
  if (!(wait_seconds >= 0 && wait_seconds <= kMaxWaitSeconds)) {
    invalid("wait_seconds: expected 0 to 86400, found " + std::to_string(wait_seconds));
  }
  writing_ =
      std::make_unique<Writing>(path->string(), os::Milliseconds(static_cast<std::int64_t>(wait_seconds * 1000)));
  changed();
  file_.reset();
  return *writing_;
}

void OpenFile::changed() {
  ++generation_;
  reader_.reset();
}

void OpenFile::close() {
  changed();
  writing_.reset();
  file_.reset();
  closed_ = true;
}

std::string clean_path(const char* path) {
  std::string_view text = path;
  while (text.starts_with('/')) text.remove_prefix(1);
  return std::string(text);
}

}  // namespace chunkmark::c

using namespace chunkmark;
using c::guarded;
using c::OpenFile;

extern "C" {

chunkmark_status chunkmark_file_open(const char* path_or_url, chunkmark_file** file) {
  *file = nullptr;
  return guarded([&] { *file = new chunkmark_file{std::make_shared<OpenFile>(path_or_url)}; });
}

chunkmark_status chunkmark_file_create(const char* path, chunkmark_file** file) {
  *file = nullptr;
  return guarded([&] {
    const auto folder = store::folder_of_store(path);
    if (!folder) throw Error(ErrorCode::kUnsupported, std::string(path) + ": expected a local file");
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    if (!os::write_file_if_absent(folder->string(), as_text(versioned::new_versioned_file(now)))) {
      throw Error(ErrorCode::kConflict, std::string(path) + ": expected nothing there, found a file");
    }
    *file = new chunkmark_file{std::make_shared<OpenFile>(path)};
  });
}

void chunkmark_file_close(chunkmark_file* file) {
  if (file == nullptr) return;
  guarded([&] {
    const OpenFile::Use use(*file->file, true);
    file->file->close();
  });
}

void chunkmark_file_free(chunkmark_file* file) {
  delete file;
}

chunkmark_status chunkmark_file_versions(chunkmark_file* file, char** json) {
  *json = nullptr;
  return guarded([&] {
    const OpenFile::Use use(*file->file);
    file->file->changed();  // others may have committed
    versioned::VersionedFile& reader = file->file->reader();
    json::array versions;
    for (const versioned::VersionInfo& info : reader.versions()) versions.push_back(c::version_json(info));
    json::value current;
    if (reader.current_name() != "__first_version__") current = json::string(reader.current_name());
    *json = c::given_json(json::object{{"current", std::move(current)}, {"versions", std::move(versions)}});
  });
}

chunkmark_status chunkmark_file_datasets(chunkmark_file* file, const char* version, char** json) {
  *json = nullptr;
  return guarded([&] {
    const OpenFile::Use use(*file->file);
    versioned::VersionedFile& reader = file->file->reader();
    const versioned::Version found = version == nullptr || *version == '\0' ? reader.current() : reader.open(version);
    *json = c::given_json(json::value_from(found.datasets()));
  });
}

chunkmark_status chunkmark_file_dataset(chunkmark_file* file, const char* version, const char* path,
                                        chunkmark_array** array) {
  *array = nullptr;
  return guarded([&] { *array = c::version_dataset(file->file, version, path).release(); });
}

}  // extern "C"
