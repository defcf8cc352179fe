#include "requests/workspace.h"

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

void Workspace::close(Number number) {
  files_.erase(number);
  stores_.erase(number);
}

OpenFile& Workspace::file(Number number) {
  const auto found = files_.find(number);
  if (found == files_.end()) throw Error(ErrorCode::kNotFound, "file " + std::to_string(number) + ": it is not open");
  return found->second;
}

store::Store& Workspace::store(Number number) {
  const auto found = stores_.find(number);
  if (found == stores_.end()) throw Error(ErrorCode::kNotFound, "store " + std::to_string(number) + ": it is not open");
  return *found->second;
}

MutableByteView Workspace::make_result(std::size_t bytes) {
  if (bytes > result_bytes_ || !result_) result_.reset(new std::byte[std::max<std::size_t>(bytes, 1)]);
  result_bytes_ = bytes;
  return {result_.get(), bytes};
}

void Workspace::drop_result() {
  result_.reset();
  result_bytes_ = 0;
}

}  // namespace chunkmark::requests
