// S3Store: a store in a bucket, below a prefix: s3://bucket/prefix.
//
// Works with AWS S3 and what speaks its protocol; settings.h says where it is found and who asks. An object is as
// durable as the server makes it before it answers. Thread-safe; keeps its connections.
#pragma once

#include "native/s3/client.h"
#include "storage/store/store.h"

namespace chunkmark::s3 {

class S3Store final : public store::Store {
 public:
  // `prefix`: "" or "a/b"; slashes around it do not count.
  S3Store(Settings settings, const std::string& prefix);

  std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> exact_bytes) override;
  // A new object on a condition, which the server decides on in one step with storing it: commit() is kConflict where
  // there is an object under this key (`etag` is empty), or where it is not the one with this ETag (identity() of what
  // open() gave). An answer that was lost does not make a conflict of what was stored.
  std::unique_ptr<bytes::Sink> create_if(std::string_view key, std::optional<std::uint64_t> exact_bytes,
                                         const std::string& etag);
  std::unique_ptr<bytes::RandomAccess> open(std::string_view key) override;
  std::unique_ptr<bytes::RandomAccess> open_for(std::string_view key, store::Access access) override;
  std::unique_ptr<store::Openings> open_each(std::uint64_t n, std::uint64_t object_bytes, store::KeyOf key_of) override;
  bool erase(std::string_view key) override;
  std::vector<std::string> list(std::string_view prefix) override;
  std::string location() const override { return client_.name_of(prefix_); }

 private:
  std::string key_of(std::string_view key) const;

  Client client_;
  std::string prefix_;
};

// "BUCKET/PREFIX" with the settings of this machine. Errors: those of settings_of; kInvalidArgument for a prefix that
// is none.
std::unique_ptr<S3Store> open_s3(const std::string& rest);

}  // namespace chunkmark::s3
