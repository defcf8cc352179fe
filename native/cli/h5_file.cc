#include "native/cli/h5_file.h"

#include <charconv>
#include <cstdio>
#include <filesystem>

#include "native/cli/h5_text.h"
#include "native/cli/near_names.h"
#include "storage/versioned/timestamp.h"

namespace chunkmark::cli {

namespace {

[[noreturn]] void invalid(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
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
      if (const auto steps = number(std::string_view(text).substr(1))) return file.previous(*steps);
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

array::Region parse_region(const std::string& text, const std::vector<std::uint64_t>& shape) {
  array::Region region = array::whole(shape);
  if (text.empty()) return region;
  const auto refuse = [&](const std::string& why) {
    invalid("region " + text + ": " + why + " (the dataset's shape is " + shape_text(shape) + ")");
  };
  std::size_t axis = 0;
  std::string_view rest = text;
  for (bool more = true; more; ++axis) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    rest = more ? rest.substr(comma + 1) : std::string_view();
    const std::string on_axis = " on axis " + std::to_string(axis);
    if (axis >= shape.size()) refuse("expected at most " + counted(shape.size(), "range") + ", found more");
    const std::size_t colon = part.find(':');
    const std::string_view first = part.substr(0, colon);
    const std::string_view last = colon == std::string_view::npos ? std::string_view() : part.substr(colon + 1);
    const auto bound = [&](std::string_view word, std::uint64_t otherwise) {
      if (word.empty()) return otherwise;
      const auto value = number(word);
      if (!value) refuse("expected START:STOP" + on_axis + ", found \"" + std::string(part) + "\"");
      return *value;
    };
    if (part.empty()) refuse("expected START:STOP" + on_axis + ", found nothing");
    const std::uint64_t start = bound(first, 0);
    if (colon == std::string_view::npos && start >= shape[axis]) {
      refuse("expected an index below " + std::to_string(shape[axis]) + on_axis + ", found " + std::to_string(start));
    }
    const std::uint64_t stop = colon == std::string_view::npos ? start + 1 : bound(last, shape[axis]);
    if (stop > shape[axis]) {
      refuse("expected a stop of at most " + std::to_string(shape[axis]) + on_axis + ", found " + std::to_string(stop));
    }
    if (start > stop) {
      refuse("expected a start of at most " + std::to_string(stop) + on_axis + ", found " + std::to_string(start));
    }
    region.start[axis] = start;
    region.shape[axis] = stop - start;
  }
  return region;
}

}  // namespace chunkmark::cli
