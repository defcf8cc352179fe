#include "native/cli/h5_file.h"

#include <cstdio>

#include "native/cli/near_names.h"
#include "native/cli/region_text.h"
#include "storage/versioned/timestamp.h"

namespace chunkmark::cli {

namespace {

[[noreturn]] void invalid(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

}  // namespace

H5File::H5File(const std::string& path, bool use_index, Contents contents, bool anywhere)
    : file_(path), others_(file_.others(anywhere)) {
  try {
    if (const auto index = use_index ? file_.beside(hdf5::index_path("")) : nullptr) {
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
