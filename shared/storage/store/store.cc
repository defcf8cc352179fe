#include "storage/store/store.h"

#include "base/error.h"

namespace chunkmark::store {
namespace {

bool legal_part(std::string_view part) {
  if (part.empty() || part == "." || part == "..") return false;
  return part.find_first_of(std::string_view("\0\\:", 3)) == std::string_view::npos;
}

// Each when it is asked for.
class PlainOpenings final : public Openings {
 public:
  PlainOpenings(Store& store, KeyOf key_of) : store_(store), key_of_(std::move(key_of)) {}
  std::unique_ptr<RandomAccess> open(std::uint64_t i) override { return store_.open(key_of_(i)); }

 private:
  Store& store_;
  KeyOf key_of_;
};

}  // namespace

std::unique_ptr<Openings> Store::open_each(std::uint64_t, std::uint64_t, KeyOf key_of) {
  return std::make_unique<PlainOpenings>(*this, std::move(key_of));
}

void check_key(std::string_view key) {
  bool legal = !key.empty() && key.size() <= 1024;
  for (std::size_t begin = 0; legal && begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    legal = legal_part(key.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!legal) {
    throw Error(ErrorCode::kInvalidArgument,
                "expected a store key such as a/b/0.0, found \"" + std::string(key.substr(0, 100)) + "\"");
  }
}

std::string join_key(std::string_view prefix, std::string_view name) {
  std::string key(prefix);
  if (!key.empty()) key += '/';
  return key += name;
}

void erase_all(Store& store, std::string_view prefix) {
  for (const std::string& name : store.list(prefix)) {
    const bool is_group = name.back() == '/';
    const std::string key = join_key(prefix, std::string_view(name).substr(0, name.size() - (is_group ? 1 : 0)));
    is_group ? erase_all(store, key) : static_cast<void>(store.erase(key));
  }
}

std::optional<std::string> read_text(Store& store, std::string_view key, std::size_t max_bytes) {
  const std::unique_ptr<bytes::RandomAccess> reader = store.open(key);
  if (!reader) return std::nullopt;
  if (reader->size() > max_bytes) {
    throw Error(ErrorCode::kCorrupt, reader->name() + ": expected at most " + std::to_string(max_bytes) +
                                         " bytes, found " + std::to_string(reader->size()));
  }
  std::string text(static_cast<std::size_t>(reader->size()), '\0');
  reader->read_at(0, std::as_writable_bytes(std::span(text)));
  return text;
}

void write_text(Store& store, std::string_view key, std::string_view text) {
  const std::unique_ptr<bytes::Sink> sink = store.create(key, text.size());
  sink->append(as_byte_view(text));
  sink->commit();
}

}  // namespace chunkmark::store
