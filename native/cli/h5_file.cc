#include "native/cli/h5_file.h"

#include <cstdio>
#include <filesystem>
#include <tuple>

#include "native/cli/near_names.h"
#include "native/cli/region_text.h"
#include "native/os/files.h"
#include "native/os/journaled_file.h"
#include "native/store/open_store.h"
#include "storage/hdf5/member_files.h"
#include "storage/versioned/timestamp.h"

namespace chunkmark::cli {

namespace {

[[noreturn]] void invalid(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

// A path, with no store; or the store that a URL names up to its last part, and that part.
std::pair<std::unique_ptr<store::Store>, std::string> stored(const std::string& path_or_url) {
  if (const auto path = store::folder_of_store(path_or_url)) return {nullptr, path->string()};
  const std::size_t slash = path_or_url.rfind('/');
  if (slash == std::string::npos) invalid("expected a file in a bucket or folder, found " + path_or_url);
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
  joined_ = hdf5::join_members(*bytes_, std::filesystem::path(key_).filename().string(), others(false));
}

std::unique_ptr<bytes::RandomAccess> OpenedFile::beside(const std::string& suffix) const {
  if (store_ != nullptr) {
    return store_->open_for(key_ + suffix, suffix.empty() ? store::Access::kScattered : store::Access::kWhole);
  }
  if (!suffix.empty() && !std::filesystem::exists(key_ + suffix)) return nullptr;
  return std::make_unique<os::SharedFile>(key_ + suffix);  // whose message says what is wrong with it
}

H5File::H5File(const std::string& path, bool use_index, Contents contents, bool anywhere)
    : file_(path), others_(file_.others(anywhere)) {
  try {
    if (const auto index = use_index ? file_.beside(index_path("")) : nullptr) {
      std::vector<std::byte> bytes(static_cast<std::size_t>(index->size()));
      index->read_at(0, MutableByteView(bytes));
      indexed_ = std::make_unique<versioned::IndexedFile>(file_.bytes(), bytes);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "chunkmark: not using the index: %s\n", error.what());
  }
  const bytes::RandomAccess& bytes = indexed_ ? static_cast<const bytes::RandomAccess&>(*indexed_) : file_.bytes();
  try {
    versions_.emplace(bytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    if (contents == Contents::kVersions) {
      throw Error(error.code(), std::string(error.what()) + "; chunkmark h5 show and h5 dump read it all the same");
    }
    plain_ = std::make_unique<versioned::Session>(bytes, versioned::Session::Needs::kAny, &others_);
    if (file_.is_local()) {
      executor_ = std::make_unique<os::ThreadExecutor>(os::machine_lanes());
      plain_->use(*executor_);
    }
    return;
  }
  for (const std::string& warning : versions_->warnings()) std::fprintf(stderr, "chunkmark: %s\n", warning.c_str());
}

H5File::~H5File() {
  for (const std::string& notice : session().container().notices()) {
    std::fprintf(stderr, "chunkmark: %s\n", notice.c_str());
  }
}

VersionAndPath parse_version_and_path(const std::string& text) {
  // Times have colons of their own: after "@", the last colon that a path follows.
  std::size_t colon = text.find(':');
  if (text.starts_with('@')) {
    colon = text.rfind(':');
    if (colon != std::string::npos && versioned::parse_timestamp(std::string_view(text).substr(1))) {
      colon = std::string::npos;
    }
  }
  if (colon == std::string::npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

versioned::Version open_version(versioned::VersionedFile& file, const std::string& text) {
  if (text.empty()) return file.current();
  try {
    return file.open(text);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    if (text.starts_with('@')) {
      const auto time = versioned::parse_timestamp(std::string_view(text).substr(1));
      if (!time) invalid("expected a time such as @2024-01-31T12:00:00, found " + text);
      return file.at_or_before(*time);
    }
    if (text.starts_with('-')) {
      if (const auto steps = parse_number(std::string_view(text).substr(1))) return file.previous(*steps);
    }
    std::vector<std::string> names;
    for (const versioned::VersionInfo& info : file.versions()) names.push_back(info.name);
    throw Error(ErrorCode::kNotFound, error.what() + near_names(text, names));
  }
}

versioned::VersionDataset open_dataset(const versioned::Version& version, const std::string& path) {
  if (version.has_dataset(path)) return version.dataset(path);
  throw Error(ErrorCode::kNotFound,
              "version " + version.info().name + ": no dataset " + path + near_names(path, version.datasets()));
}

}  // namespace chunkmark::cli
