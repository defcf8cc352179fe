// LocalStore: a store in a folder of the local file system; one file an object.
//
// An object is written under a temporary name beside its place (".NAME.PID.N.tmp"), made as durable as asked
// for and renamed, so that readers see the old object or the new one, complete. Bytes go to the kernel from
// where they are and come from it to where they belong; no buffer in between. Several stores, also of several
// processes, may work in one folder; the last commit of a key wins. Thread-safe;
// its readers are thread-safe.
#pragma once

#include <filesystem>

#include "bytes/durability.h"
#include "storage/store/store.h"

namespace chunkmark::store {

class LocalStore final : public Store {
 public:
  // Folders are made when the first object is written. All levels publish by rename; since the page cache
  // outlives the process, kNone and kProcessCrash cost the same here. kPowerLoss syncs the file, and every
  // folder that has changed.
  LocalStore(std::filesystem::path root, bytes::Durability durability);

  std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> exact_bytes) override;
  std::unique_ptr<bytes::RandomAccess> open(std::string_view key) override;
  bool erase(std::string_view key) override;
  std::vector<std::string> list(std::string_view prefix) override;
  std::string location() const override { return root_.string(); }

 private:
  std::filesystem::path path_of(std::string_view key) const;

  std::filesystem::path root_;
  bytes::Durability durability_;
};

}  // namespace chunkmark::store
