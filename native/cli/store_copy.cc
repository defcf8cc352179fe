#include "native/cli/store_copy.h"

#include <algorithm>

#include "base/error.h"

namespace chunkmark::cli {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

// `above`: the groups between the first prefix and this one, with a '/' behind each.
void collect(store::Store& store, const std::string& prefix, const std::string& above, std::vector<std::string>& keys) {
  for (const std::string& name : store.list(prefix)) {
    if (name.ends_with('/')) {
      collect(store, store::join_key(prefix, name.substr(0, name.size() - 1)), above + name, keys);
    } else {
      keys.push_back(above + name);
    }
  }
}

}  // namespace

std::vector<std::string> keys_below(store::Store& store, const std::string& prefix) {
  std::vector<std::string> keys;
  collect(store, prefix, "", keys);
  return keys;
}

void copy_object(store::Store& from, const std::string& key, bytes::Sink& to) {
  const auto object = from.open(key);
  if (!object) throw Error(ErrorCode::kNotFound, from.location() + "/" + key + ": no such object");
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, object->size())));
  for (std::uint64_t at = 0; at < object->size(); at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), object->size() - at)));
    object->read_at(at, MutableByteView(piece));
    to.append(ByteView(piece));
  }
  to.commit();
}

}  // namespace chunkmark::cli
