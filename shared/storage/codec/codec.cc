#include "storage/codec/codec.h"

#include "base/json_members.h"

namespace chunkmark::codec {

std::vector<std::byte> Codec::decoded_copy(const RandomAccess& object, std::uint64_t max_bytes,
                                           Executor& executor) const {
  const std::optional<std::uint64_t> bytes = content_bytes(object);
  if (!bytes) {
    refuse_unsupported(object.name(), "a codec before content of unknown size", name());
  }
  if (*bytes > max_bytes) {
    refuse_corrupt(object.name(), "at most " + std::to_string(max_bytes) + " bytes before " + std::string(name()),
                   std::to_string(*bytes));
  }
  constexpr array::DType kByte{array::Kind::kUInt, 1};
  std::vector<std::byte> content(static_cast<std::size_t>(*bytes));
  const array::Shape shape{*bytes};
  decode(object, {array::Dest::dense(content.data(), kByte, shape), array::whole(shape), {shape}}, executor);
  return content;
}

}  // namespace chunkmark::codec
