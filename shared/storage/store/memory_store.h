// MemoryStore: objects in this process's memory. What a sink is given is copied once, into the stored object.
//
// Objects are lists of segments, so that growing never moves bytes.
#pragma once

#include <map>
#include <mutex>

#include "storage/store/store.h"

namespace chunkmark::store {

class MemoryObject;

class MemoryStore final : public Store {
 public:
  std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> exact_bytes) override;
  std::unique_ptr<bytes::RandomAccess> open(std::string_view key) override;
  bool erase(std::string_view key) override;
  std::vector<std::string> list(std::string_view prefix) override;
  std::string location() const override { return "memory:"; }

 private:
  class MemorySink;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const MemoryObject>, std::less<>> objects_;
};

}  // namespace chunkmark::store
