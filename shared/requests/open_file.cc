#include "requests/open_file.h"

#include "base/error.h"

namespace chunkmark::requests {

const bytes::RandomAccess& OpenFile::source() const {
  if (indexed_) return *indexed_;
  return *bytes_;
}

void OpenFile::use_index(ByteView index) {
  forget();
  indexed_ = std::make_unique<versioned::IndexedFile>(*bytes_, index);
}

versioned::VersionedFile* OpenFile::versions() {
  if (versions_) return &*versions_;
  if (plain_) return nullptr;
  try {
    versions_.emplace(source());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    plain_ = std::make_unique<versioned::Session>(source(), versioned::Session::Needs::kAny);
    return nullptr;
  }
  return &*versions_;
}

versioned::Session& OpenFile::session() {
  versioned::VersionedFile* const file = versions();
  return file != nullptr ? file->session() : *plain_;
}

versioned::VersionDataset OpenFile::dataset(const std::string& version, const std::string& path) {
  const std::string relative = path.starts_with('/') ? path.substr(1) : path;
  if (versioned::VersionedFile* const file = versions()) {
    return (version.empty() ? file->current() : file->open(version)).dataset(relative);
  }
  if (!version.empty()) throw Error(ErrorCode::kNotFound, bytes_->name() + ": there are no versions in it");
  const auto address = plain_->find("/" + relative);
  if (!address) throw Error(ErrorCode::kNotFound, bytes_->name() + ": there is no dataset /" + relative);
  return versioned::VersionDataset(*plain_, *address, relative);
}

void OpenFile::forget() {
  versions_.reset();
  plain_.reset();
  indexed_.reset();
}

}  // namespace chunkmark::requests
