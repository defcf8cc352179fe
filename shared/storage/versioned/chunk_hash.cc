#include "storage/versioned/chunk_hash.h"

namespace chunkmark::versioned {

std::string python_tuple(std::span<const std::uint64_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

void update_with_elements(Sha256& hash, ByteView packed, hdf5::GlobalHeap* strings) {
  if (!strings) return hash.update(packed);
  const std::size_t width = strings->reference_bytes();
  for (std::size_t at = 0; at + width <= packed.size(); at += width) {
    const std::string_view string = strings->string(packed.subspan(at, width));
    std::byte length[8];
    store_le<std::uint64_t>(length, string.size());
    hash.update(length);
    hash.update(as_byte_view(string));
  }
}

Digest chunk_hash(ByteView packed, std::span<const std::uint64_t> box, hdf5::GlobalHeap* strings) {
  Sha256 hash;
  update_with_elements(hash, packed, strings);
  hash.update(as_byte_view(python_tuple(box)));
  return hash.digest();
}

}  // namespace chunkmark::versioned
