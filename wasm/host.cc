#include "host.h"

#include <emscripten.h>

#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "bytes/pending.h"
#include "wasm/host_text.h"

// Numbers and offsets pass as doubles: whole up to 2^53. The answers: 0 done, 1 pending, 2 an error, which
// message() then has; of size, open and create a number of at least 0, or -1: there is none, -2: pending, -3: an error.
// clang-format off
EM_JS(double, chunkmark_host_size, (double file), { return Module["host"].size(file); });
EM_JS(int, chunkmark_host_is_far, (double file), { return Module["host"].isFar(file); });
EM_JS(int, chunkmark_host_want, (double file, double offset, double bytes), {
  return Module["host"].want(file, offset, bytes);
});
EM_JS(int, chunkmark_host_read, (double file, double offset, void* into, int bytes), {
  return Module["host"].read(file, offset, HEAPU8.subarray(into, into + bytes));
});
EM_JS(int, chunkmark_host_write, (double file, double offset, const void* from, int bytes), {
  return Module["host"].write(file, offset, HEAPU8.subarray(from, from + bytes));
});
EM_JS(int, chunkmark_host_truncate, (double file, double size), { return Module["host"].truncate(file, size); });
EM_JS(int, chunkmark_host_sync, (double file), { return Module["host"].flush(file); });
EM_JS(int, chunkmark_host_close, (double file), { return Module["host"].close(file); });
EM_JS(double, chunkmark_host_open, (double store, const char* key), {
  return Module["host"].open(store, UTF8ToString(key));
});
EM_JS(int, chunkmark_host_want_object, (double store, const char* key, double bytes), {
  return Module["host"].wantObject(store, UTF8ToString(key), bytes);
});
EM_JS(double, chunkmark_host_create, (double store, const char* key), {
  return Module["host"].create(store, UTF8ToString(key));
});
EM_JS(int, chunkmark_host_publish, (double store, const char* key, double file), {
  return Module["host"].publish(store, UTF8ToString(key), file);
});
EM_JS(int, chunkmark_host_erase, (double store, const char* key), {
  return Module["host"].erase(store, UTF8ToString(key));
});
// clang-format on

namespace chunkmark::wasm {
namespace {

[[noreturn]] void throw_pending(const std::string& name) {
  throw bytes::Pending(name);
}

[[noreturn]] void throw_host_error(const std::string& name) {
  throw Error(ErrorCode::kIo, name + ": " + host_text("message"));
}

void check(int answer, const std::string& name) {
  if (answer == 1) throw_pending(name);
  if (answer != 0) throw_host_error(name);
}

class HostFile final : public bytes::RandomAccess {
 public:
  explicit HostFile(double number) : number_(number), name_(host_text("name", number)) {}
  ~HostFile() override { chunkmark_host_close(number_); }
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override {
    const double size = chunkmark_host_size(number_);
    if (size < 0) throw_pending(name_);
    return static_cast<std::uint64_t>(size);
  }
  bool wants_prefetch() const override { return chunkmark_host_is_far(number_) != 0; }
  // All that is announced arrives together, before any of it is read.
  void prefetch(std::span<const bytes::Extent> parts) const override {
    bool is_there = true;
    for (const bytes::Extent& part : parts) {
      if (chunkmark_host_want(number_, static_cast<double>(part.offset), static_cast<double>(part.size)) != 0)
        is_there = false;
    }
    if (!is_there) throw_pending(name_);
  }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    bytes::check_range(name_, offset, bytes::total_bytes(runs), size());
    for (const MutableByteView run : runs) {
      if (!run.empty())
        check(chunkmark_host_read(number_, static_cast<double>(offset), run.data(), static_cast<int>(run.size())),
              name_);
      offset += run.size();
    }
  }
  using RandomAccess::write_at;
  void write_at(std::uint64_t offset, std::span<const ByteView> runs) override {
    for (const ByteView run : runs) {
      if (!run.empty())
        check(chunkmark_host_write(number_, static_cast<double>(offset), run.data(), static_cast<int>(run.size())),
              name_);
      offset += run.size();
    }
  }
  void truncate(std::uint64_t size) override {
    check(chunkmark_host_truncate(number_, static_cast<double>(size)), name_);
  }
  void sync() override { check(chunkmark_host_sync(number_), name_); }

 private:
  double number_;
  std::string name_;
};

// A new object: JavaScript makes a file, and gives it its name when it is whole.
class HostSink final : public bytes::Sink {
 public:
  HostSink(double store, std::string key, double file) : store_(store), key_(std::move(key)), file_(file) {}
  const std::string& name() const override { return key_; }
  using Sink::append;
  void append(std::span<const ByteView> runs) override {
    for (const ByteView run : runs) {
      file_.write_at(end_, run);
      end_ += run.size();
    }
  }
  void reserve(std::size_t bytes) override { end_ += bytes; }
  void patch_at(std::uint64_t offset, ByteView bytes) override { file_.write_at(offset, bytes); }
  void truncate(std::uint64_t size) override { end_ = size; }
  void commit() override {
    if (file_.size() != end_) file_.truncate(end_);
    check(chunkmark_host_publish(store_, key_.c_str(), file_.number()), key_);
  }

 private:
  class Made {
   public:
    explicit Made(double number) : number_(number), file_(number) {}
    double number() const { return number_; }
    void write_at(std::uint64_t offset, ByteView run) { file_.RandomAccess::write_at(offset, run); }
    std::uint64_t size() const { return file_.size(); }
    void truncate(std::uint64_t size) { file_.truncate(size); }

   private:
    double number_;
    HostFile file_;
  };
  double store_;
  std::string key_;
  Made file_;
  std::uint64_t end_ = 0;
};

// All objects, each opened when its turn comes: they are there by then.
class Arrived final : public store::Openings {
 public:
  Arrived(store::Store& store, store::KeyOf key_of) : store_(store), key_of_(std::move(key_of)) {}
  std::unique_ptr<bytes::RandomAccess> open(std::uint64_t i) override { return store_.open(key_of_(i)); }

 private:
  store::Store& store_;
  store::KeyOf key_of_;
};

class HostStore final : public store::Store {
 public:
  explicit HostStore(double number) : number_(number), name_(host_text("name", number)) {}

  std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> /*exact_bytes*/) override {
    store::check_key(key);
    const std::string text(key);
    return std::make_unique<HostSink>(number_, text, need(chunkmark_host_create(number_, text.c_str()), text));
  }
  std::unique_ptr<bytes::RandomAccess> open(std::string_view key) override {
    store::check_key(key);
    const std::string text(key);
    const double found = chunkmark_host_open(number_, text.c_str());
    if (found == -1) return nullptr;
    return std::make_unique<HostFile>(need(found, text));
  }
  // Far away, the objects arrive together, before any of them is opened. What a codec adds to a chunk is little.
  std::unique_ptr<store::Openings> open_each(std::uint64_t n, std::uint64_t object_bytes,
                                             store::KeyOf key_of) override {
    constexpr std::uint64_t kMostAhead = 64 << 20, kAdded = 4096;
    const std::uint64_t each = object_bytes + kAdded;
    bool is_there = true;
    for (std::uint64_t i = 0; i < n && (i + 1) * each <= kMostAhead + each; ++i) {
      if (chunkmark_host_want_object(number_, key_of(i).c_str(), static_cast<double>(each)) != 0) is_there = false;
    }
    if (!is_there) throw_pending(name_);
    return std::make_unique<Arrived>(*this, std::move(key_of));
  }
  bool erase(std::string_view key) override {
    const std::string text(key);
    const double found = chunkmark_host_open(number_, text.c_str());
    if (found == -1) return false;
    chunkmark_host_close(need(found, text));
    check(chunkmark_host_erase(number_, text.c_str()), text);
    return true;
  }
  std::vector<std::string> list(std::string_view prefix) override {
    const std::string text = host_text("list", number_, std::string(prefix));
    if (text.empty()) throw_pending(name_);
    const json::value names = parse_json(text, name_);
    if (!names.is_array()) throw_host_error(name_);
    std::vector<std::string> list;
    for (const json::value& name : names.get_array()) list.emplace_back(name.as_string());
    return list;
  }
  std::string location() const override { return name_; }

 private:
  static double need(double found, const std::string& key) {
    if (found == -2) throw_pending(key);
    if (found < 0) throw_host_error(key);
    return found;
  }

  double number_;
  std::string name_;
};

}  // namespace

std::unique_ptr<bytes::RandomAccess> host_file(std::uint64_t number) {
  return std::make_unique<HostFile>(static_cast<double>(number));
}

std::unique_ptr<store::Store> host_store(std::uint64_t number) {
  return std::make_unique<HostStore>(static_cast<double>(number));
}

}  // namespace chunkmark::wasm
