#include "native/cli/h5_file.h"

#include <cstdio>
#include <filesystem>

#include "native/cli/near_names.h"
#include "native/cli/region_text.h"
#include "storage/versioned/timestamp.h"

namespace chunkmark::cli {

namespace {

[[noreturn]] void invalid(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

}  // namespace

std::string index_path(const std::string& path) {
  return path + ".idx";
}

std::vector<std::byte> read_file(const std::string& path) {
  const os::File file(path);
  std::vector<std::byte> bytes(file.size());
  file.read_at(0, bytes);
  return bytes;
}

H5File::H5File(const std::string& path, bool use_index) : file_(std::make_unique<os::SharedFile>(path)) {
  if (use_index && std::filesystem::exists(index_path(path))) {
    try {
      indexed_ = std::make_unique<versioned::IndexedFile>(*file_, read_file(index_path(path)));
    } catch (const Error& error) {
      std::fprintf(stderr, "chunkmark: not using the index: %s\n", error.what());
    }
  }
  if (indexed_) {
    versions_.emplace(*indexed_);
  } else {
    versions_.emplace(*file_);
  }
  for (const std::string& warning : versions_->warnings()) std::fprintf(stderr, "chunkmark: %s\n", warning.c_str());
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
