#include "storage/store/memory_store.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace chunkmark::store {

// Bytes in segments: the first as large as announced, later ones as large as what is there already, within
// bounds.
class MemoryObject {
 public:
  std::uint64_t size() const { return size_; }

  void expect(std::uint64_t bytes) { next_segment_bytes_ = static_cast<std::size_t>(bytes); }

  // Appends `bytes`; from null, zeros.
  void append(const std::byte* from, std::size_t bytes) {
    while (bytes > 0) {
      if (segments_.empty() || segments_.back().used == segments_.back().bytes) add_segment(bytes);
      Segment& last = segments_.back();
      const std::size_t n = std::min(bytes, last.bytes - last.used);
      if (from == nullptr) {
        std::memset(last.data.get() + last.used, 0, n);
      } else {
        std::memcpy(last.data.get() + last.used, from, n);
        from += n;
      }
      last.used += n;
      size_ += n;
      bytes -= n;
    }
  }

  void truncate(std::uint64_t size) {
    while (!segments_.empty() && segments_.back().begin >= size) segments_.pop_back();
    if (!segments_.empty()) segments_.back().used = static_cast<std::size_t>(size - segments_.back().begin);
    size_ = size;
  }

  // Visits the pieces of [offset, offset + bytes), which must lie inside.
  template <typename Visit>
  void pieces(std::uint64_t offset, std::size_t bytes, Visit visit) const {
    auto segment = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                    [](std::uint64_t at, const Segment& s) { return at < s.begin; });
    if (segment != segments_.begin()) --segment;
    for (std::size_t done = 0; done < bytes; ++segment) {
      const std::size_t at = static_cast<std::size_t>(offset + done - segment->begin);
      const std::size_t n = std::min(bytes - done, segment->used - at);
      visit(segment->data.get() + at, done, n);
      done += n;
    }
  }

 private:
  struct Segment {
    std::uint64_t begin;
    std::size_t bytes, used;
    std::unique_ptr<std::byte[]> data;
  };

  void add_segment(std::size_t wanted) {
    // 4 KiB keeps small objects small; 1 MiB bounds what an object wastes.
    const std::size_t grown = std::clamp<std::size_t>(static_cast<std::size_t>(size_), 4096, 1 << 20);
    const std::size_t bytes = next_segment_bytes_ > 0 ? next_segment_bytes_ : std::max(wanted, grown);
    next_segment_bytes_ = 0;
    // Not value-initialised: every byte is written before it counts as used.
    segments_.push_back({size_, bytes, 0, std::unique_ptr<std::byte[]>(new std::byte[bytes])});
  }

  std::vector<Segment> segments_;
  std::uint64_t size_ = 0;
  std::size_t next_segment_bytes_ = 0;
};

namespace {

class MemoryReader final : public bytes::RandomAccess {
 public:
  MemoryReader(std::string name, std::shared_ptr<const MemoryObject> object)
      : name_(std::move(name)), object_(std::move(object)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return object_->size(); }

  using bytes::RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    for (const MutableByteView run : runs) {
      if (offset > size() || run.size() > size() - offset) {
        throw Error(ErrorCode::kCorrupt, name_ + ": expected " + std::to_string(offset + run.size()) +
                                             " bytes, found " + std::to_string(size()));
      }
      object_->pieces(offset, run.size(), [&](const std::byte* from, std::size_t at, std::size_t n) {
        std::memcpy(run.data() + at, from, n);
      });
      offset += run.size();
    }
  }

 private:
  std::string name_;
  std::shared_ptr<const MemoryObject> object_;
};

}  // namespace

class MemoryStore::MemorySink final : public bytes::Sink {
 public:
  MemorySink(MemoryStore& store, std::string key, std::optional<std::uint64_t> exact_bytes)
      : store_(store), key_(std::move(key)), exact_bytes_(exact_bytes) {
    truncate(0);
  }

  const std::string& name() const override { return key_; }

  using bytes::Sink::append;
  void append(std::span<const ByteView> runs) override {
    for (const ByteView run : runs) object_->append(run.data(), run.size());
  }
  void reserve(std::size_t bytes) override { object_->append(nullptr, bytes); }

  void patch_at(std::uint64_t offset, ByteView bytes) override {
    object_->pieces(offset, bytes.size(),
                    [&](std::byte* to, std::size_t at, std::size_t n) { std::memcpy(to, bytes.data() + at, n); });
  }

  void truncate(std::uint64_t size) override {
    if (size > 0) return object_->truncate(size);
    object_ = std::make_shared<MemoryObject>();
    if (exact_bytes_) object_->expect(*exact_bytes_);
  }

  void commit() override {
    const std::scoped_lock lock(store_.mutex_);
    store_.objects_.insert_or_assign(key_, std::move(object_));
  }

 private:
  MemoryStore& store_;
  std::string key_;
  std::optional<std::uint64_t> exact_bytes_;
  std::shared_ptr<MemoryObject> object_;
};

std::unique_ptr<bytes::Sink> MemoryStore::create(std::string_view key, std::optional<std::uint64_t> exact_bytes) {
  check_key(key);
  return std::make_unique<MemorySink>(*this, std::string(key), exact_bytes);
}

std::unique_ptr<bytes::RandomAccess> MemoryStore::open(std::string_view key) {
  check_key(key);
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return nullptr;
  return std::make_unique<MemoryReader>(found->first, found->second);
}

bool MemoryStore::erase(std::string_view key) {
  check_key(key);
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return false;
  objects_.erase(found);
  return true;
}

std::vector<std::string> MemoryStore::list(std::string_view prefix) {
  if (!prefix.empty()) check_key(prefix);
  const std::string begin = join_key(prefix, "");
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (auto it = objects_.lower_bound(begin); it != objects_.end() && it->first.starts_with(begin); ++it) {
    const std::string_view rest = std::string_view(it->first).substr(begin.size());
    std::string name(rest.substr(0, std::min(rest.find('/'), rest.size() - 1) + 1));
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace chunkmark::store
