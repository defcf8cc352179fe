#include "storage/store/faulty_store.h"

#include <utility>

namespace chunkmark::store {

void FaultyStore::call(std::string_view what) {
  const std::uint64_t number = calls_++;
  if (number == countdown_ || (sticky_ && number > countdown_)) {
    throw Error(ErrorCode::kIo, location() + ": " + std::string(what) + ": injected");
  }
}

class FaultyStore::FaultySink final : public bytes::Sink {
 public:
  FaultySink(FaultyStore& store, std::unique_ptr<bytes::Sink> sink) : store_(store), sink_(std::move(sink)) {}

  const std::string& name() const override { return sink_->name(); }
  using bytes::Sink::append;
  void append(std::span<const ByteView> runs) override {
    store_.call("append");
    sink_->append(runs);
  }
  void reserve(std::size_t bytes) override {
    store_.call("reserve");
    sink_->reserve(bytes);
  }
  void patch_at(std::uint64_t offset, ByteView bytes) override {
    store_.call("patch");
    sink_->patch_at(offset, bytes);
  }
  void truncate(std::uint64_t size) override {
    store_.call("truncate");
    sink_->truncate(size);
  }
  void commit() override {
    store_.call("commit");
    sink_->commit();
  }

 private:
  FaultyStore& store_;
  std::unique_ptr<bytes::Sink> sink_;
};

class FaultyStore::FaultyReader final : public bytes::RandomAccess {
 public:
  FaultyReader(FaultyStore& store, std::unique_ptr<bytes::RandomAccess> reader)
      : store_(store), reader_(std::move(reader)) {}

  const std::string& name() const override { return reader_->name(); }
  std::uint64_t size() const override { return reader_->size(); }
  using bytes::RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    store_.call("read");
    reader_->read_at(offset, runs);
  }

 private:
  FaultyStore& store_;
  std::unique_ptr<bytes::RandomAccess> reader_;
};

std::unique_ptr<bytes::Sink> FaultyStore::create(std::string_view key, std::optional<std::uint64_t> exact_bytes) {
  call("create");
  return std::make_unique<FaultySink>(*this, store_.create(key, exact_bytes));
}

std::unique_ptr<bytes::RandomAccess> FaultyStore::open(std::string_view key) {
  call("open");
  std::unique_ptr<bytes::RandomAccess> reader = store_.open(key);
  if (!reader) return nullptr;
  return std::make_unique<FaultyReader>(*this, std::move(reader));
}

bool FaultyStore::erase(std::string_view key) {
  call("erase");
  return store_.erase(key);
}

std::vector<std::string> FaultyStore::list(std::string_view prefix) {
  call("list");
  return store_.list(prefix);
}

}  // namespace chunkmark::store
