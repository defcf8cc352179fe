#include "storage/versioned/stage.h"

#include <algorithm>

#include "storage/versioned/writer.h"

namespace chunkmark::versioned {

namespace {

constexpr std::uint64_t kDefaultChunk = 4096;  // upstream's, for one axis

void check_path(const std::string& path, bool dataset) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kInvalidArgument, "path \"" + path + "\": " + why);
  };
  if (path.find('\0') != std::string::npos) refuse("a name cannot have a NUL byte");
  std::string_view rest = path;
  for (bool first = true;; first = false) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (name.empty() || name == "." || name == "..")
      refuse("expected names with one slash between them, found \"" + std::string(name) + "\"");
    // Beside raw_data and the versions themselves such a dataset could not be told from them.
    if (dataset && ((first && name == "versions") || name == "raw_data" || name == "hash_table"))
      refuse("no dataset can have the name " + std::string(name) + " in its path: the format uses it itself");
    if (slash == std::string_view::npos) return;
    rest = rest.substr(slash + 1);
  }
}

DatasetSpec make_spec(const std::string& path, const DatasetOptions& options) {
  DatasetSpec spec;
  spec.type_message = options.type;
  spec.type = hdf5::parse_datatype(options.type, path);
  spec.chunk = options.chunk.empty() && options.shape.size() == 1 ? array::Shape{kDefaultChunk} : options.chunk;
  spec.fill = options.fill;
  spec.filters = options.filters;
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::kInvalidArgument, path + ": " + why); };
  if (options.shape.empty()) refuse("expected at least one axis: versions cannot hold scalars");
  if (spec.chunk.size() != options.shape.size() || std::count(spec.chunk.begin(), spec.chunk.end(), 0) > 0)
    refuse("expected a chunk extent of at least 1 for each axis of shape " + array::to_string(options.shape) +
           ", found " + array::to_string(spec.chunk));
  if (array::checked_element_count(spec.chunk, spec.type.size, path + ": chunk") * spec.type.size >= (1ull << 32))
    refuse("expected a chunk of less than 4 GiB, found " + array::to_string(spec.chunk));
  array::checked_element_count(options.shape, spec.type.size, path);
  if (!spec.fill.empty() && spec.fill.size() != spec.type.size)
    refuse("expected a fill value of " + std::to_string(spec.type.size) + " bytes, found " +
           std::to_string(spec.fill.size()));
  if (!spec.fill.empty() && spec.strings()) refuse("variable-length strings have no fill value but the empty one");
  if (std::all_of(spec.fill.begin(), spec.fill.end(), [](std::byte b) { return b == std::byte{0}; })) spec.fill.clear();
  if (options.edges != EdgeCompression::kNone) {
    if (!spec.filters.empty()) refuse("edge compression is for datasets without a filter of their own");
    if (options.edges == EdgeCompression::kDeflate) {
      spec.filters.push_back({static_cast<std::uint16_t>(hdf5::FilterId::kShuffle), true, "", {spec.type.size}});
    }
    spec.filters.push_back({static_cast<std::uint16_t>(hdf5::FilterId::kGzip), true, "", {0}});
  }
  spec.fill_message = hdf5::fill_message(spec.fill);
  check_writable(spec, path);
  return spec;
}

}  // namespace

std::vector<std::string> Stage::datasets() const {
  std::vector<std::string> paths;
  paths.reserve(datasets_.size());
  for (const auto& [path, entry] : datasets_) paths.push_back(path);
  return paths;
}

std::vector<std::string> Stage::groups() const {
  std::vector<std::string> paths;
  paths.reserve(groups_.size());
  for (const auto& [path, attributes] : groups_) paths.push_back(path);
  return paths;
}

StagedDataset& Stage::dataset(const std::string& path) {
  const auto found = datasets_.find(path);
  if (found == datasets_.end()) {
    throw Error(ErrorCode::kNotFound, "version " + name_ + ": no dataset " + path + " in its parent " + parent_);
  }
  if (!found->second.staged) {
    std::shared_ptr<RawStore> raw = writer_->open_raw(path);
    if (!raw) hdf5::corrupt(path, "the file has no raw data for it");
    found->second.staged =
        std::make_unique<StagedDataset>(*writer_, std::move(raw), writer_->open_committed(path, found->second.address));
  }
  return *found->second.staged;
}

void Stage::check_free(const std::string& path) const {
  if (datasets_.count(path) > 0 || groups_.count(path) > 0)
    throw Error(ErrorCode::kConflict, "version " + name_ + ": " + path + " is there already");
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (datasets_.count(path.substr(0, slash)) > 0)
      throw Error(ErrorCode::kConflict,
                  "version " + name_ + ": " + path.substr(0, slash) + " is a dataset: nothing can be in it");
  }
}

void Stage::create_parents(const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    groups_.try_emplace(path.substr(0, slash));
  }
}

array::Shape default_chunk(const array::Shape& shape, std::uint32_t element_bytes) {
  constexpr std::uint64_t kRows = 4096, kBytes = 64 << 10;
  if (shape.size() == 1) return {kRows};
  array::Shape chunk = shape;
  for (std::uint64_t& extent : chunk) extent = std::max<std::uint64_t>(extent, 1);
  while (array::element_count(chunk) > std::max<std::uint64_t>(1, kBytes / element_bytes)) {
    std::uint64_t& longest = *std::max_element(chunk.begin(), chunk.end());
    longest = (longest + 1) / 2;
  }
  return chunk;
}

StagedDataset& Stage::create_dataset(const std::string& path, const DatasetOptions& options) {
  check_path(path, true);
  check_free(path);
  DatasetSpec spec = make_spec(path, options);
  std::shared_ptr<RawStore> raw = writer_->open_raw(path);
  if (raw) {
    check_same(spec, raw->spec(), path);
  } else {
    raw = writer_->new_raw(path, std::move(spec));
  }
  create_parents(path);
  Entry& entry = datasets_[path];
  entry.staged = std::make_unique<StagedDataset>(*writer_, std::move(raw), options.shape);
  return *entry.staged;
}

void Stage::create_group(const std::string& path) {
  check_path(path, false);
  check_free(path);
  create_parents(path);
  groups_.try_emplace(path);
}

void Stage::remove(const std::string& path) {
  if (datasets_.erase(path) > 0) return;
  if (groups_.erase(path) == 0)
    throw Error(ErrorCode::kNotFound, "version " + name_ + ": nothing at " + path + " to be deleted");
  const std::string below = path + "/";
  const auto erase_below = [&](auto& entries) {
    auto at = entries.lower_bound(below);
    while (at != entries.end() && at->first.starts_with(below)) at = entries.erase(at);
  };
  erase_below(datasets_);
  erase_below(groups_);
}

Attributes& Stage::attributes(const std::string& path) {
  if (path.empty()) return attributes_;
  if (has_dataset(path)) return dataset(path).attributes();
  const auto found = groups_.find(path);
  if (found == groups_.end()) throw Error(ErrorCode::kNotFound, "version " + name_ + ": nothing at " + path);
  return found->second;
}

}  // namespace chunkmark::versioned
