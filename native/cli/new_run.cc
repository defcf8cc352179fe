#include "native/cli/new_run.h"

#include "base/error.h"
#include "native/cli/store_copy.h"
#include "native/store/local_store.h"
#include "native/store/open_store.h"

namespace chunkmark::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBucketScheme = "s3://";

std::unique_ptr<s3::S3Store> bucket_of(const std::string& out) {
  if (store::folder_of_store(out)) return nullptr;
  if (out.starts_with(kBucketScheme)) return s3::open_s3(out.substr(kBucketScheme.size()));
  throw Error(ErrorCode::kInvalidArgument, "--out: expected a folder or s3://BUCKET/PREFIX, found " + out);
}

fs::path folder_of(const std::string& out, const std::string& id) {
  const auto folder = store::folder_of_store(out);
  return folder ? *folder / id : new_folder_name(fs::temp_directory_path());
}

}  // namespace

NewRun::NewRun(const std::string& out, const std::string& id)
    : id_(id),
      bucket_(bucket_of(out)),
      place_((bucket_ ? bucket_->location() : store::folder_of_store(out)->string()) + "/" + id),
      folder_(folder_of(out, id)) {
  if (!bucket_ || bucket_->open(store::join_key(id, "run.json")) == nullptr)
    return;  // told now, not when all is measured
  throw Error(ErrorCode::kConflict, place_ + ": expected no run of this id, found one");
}

std::string NewRun::publish() {
  if (!bucket_) return place_;
  try {
    store::LocalStore files(folder(), bytes::Durability::kNone);
    const auto copy = [&](const std::string& key) {
      copy_object(files, key, *bucket_->create_if(store::join_key(id_, key), std::nullopt, ""));
    };
    for (const std::string& key : keys_below(files, "")) {
      if (key != "run.json") copy(key);
    }
    copy("run.json");
  } catch (const Error& error) {
    throw Error(error.code(), place_ + ": not stored, the run is in " + folder().string() + ": " + error.what());
  }
  std::error_code left;  // in the system's temporary folder, which is emptied some day
  fs::remove_all(folder(), left);
  return place_;
}

}  // namespace chunkmark::cli
