// A dataset of a committed version, as a chunkmark_array.
#include "native/c/file_handle.h"

namespace chunkmark::c {

namespace {

class VersionArray final : public chunkmark_array {
 public:
  VersionArray(std::shared_ptr<OpenFile> file, const char* version, const char* path)
      : file_(std::move(file)), version_(version == nullptr ? "" : version), path_(clean_path(path)) {
    const OpenFile::Use use(*file_);
    if (version_.empty()) version_ = file_->reader().current_name();  // which later commits do not change
    const versioned::VersionDataset& dataset = opened();
    describe(dataset.shape(), dataset.dtype(), numpy_descr(dataset.type()));
  }

  json::object info() override {
    const OpenFile::Use use(*file_);
    return {{"path", path_},
            {"version", version_},
            {"shape", json::value_from(shape())},
            {"dtype", numpy_descr(opened().type())},
            {"chunks", json::value_from(opened().chunk())}};
  }
  void read(const array::Region& region, const array::Dest& dest) override {
    const OpenFile::Use use(*file_);
    if (opened().type().is_variable_string()) invalid(name() + ": variable-length strings have calls of their own");
    opened().read(region, dest);
  }
  void read_strings(const array::Region& region, const Found& found) override {
    const OpenFile::Use use(*file_);
    opened().read_strings(region, found);
  }

 private:
  std::string name() const override { return file_->name() + ":" + version_ + ":/" + path_; }

  const versioned::VersionDataset& opened() {
    versioned::VersionedFile& reader = file_->reader();
    if (!dataset_ || generation_ != file_->generation()) {
      dataset_.emplace(reader.open(version_).dataset(path_));
      generation_ = file_->generation();
    }
    return *dataset_;
  }

  std::shared_ptr<OpenFile> file_;
  std::string version_, path_;
  std::optional<versioned::VersionDataset> dataset_;
  std::uint64_t generation_ = 0;
};

}  // namespace

std::unique_ptr<chunkmark_array> version_dataset(std::shared_ptr<OpenFile> file, const char* version,
                                                 const char* path) {
  return std::make_unique<VersionArray>(std::move(file), version, path);
}

}  // namespace chunkmark::c
