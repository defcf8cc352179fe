// "shuffle", as numcodecs has it: every element's first byte, then every element's second byte, and so on.
#include <algorithm>

#include "base/json_members.h"
#include "storage/codec/buffer_codec.h"

namespace chunkmark::codec {
namespace {

class ShuffleCodec final : public BufferCodec {
 public:
  explicit ShuffleCodec(std::size_t element_bytes) : element_bytes_(element_bytes) {}

  std::string_view name() const override { return "shuffle"; }
  json::object configuration(Dialect) const override { return {{"elementsize", element_bytes_}}; }
  std::optional<std::uint64_t> content_bytes(const RandomAccess& object) const override { return object.size(); }
  std::optional<std::uint64_t> exact_bytes(std::uint64_t bytes) const override { return bytes; }

 protected:
  std::vector<std::byte> encode_copy(ByteView content, const std::string& object) const override {
    const std::size_t n = elements(content.size(), object);
    std::vector<std::byte> stored(content.size());
    for (std::size_t byte = 0; byte < element_bytes_; ++byte) {
      for (std::size_t i = 0; i < n; ++i) stored[byte * n + i] = content[i * element_bytes_ + byte];
    }
    return stored;
  }
  void decode_into(ByteView stored, MutableByteView out, const std::string& object) const override {
    const std::size_t n = elements(out.size(), object);
    // Lines of the array stay in the first-level cache while all their bytes come in.
    constexpr std::size_t kLine = 1024;
    for (std::size_t begin = 0; begin < n; begin += kLine) {
      const std::size_t end = std::min(begin + kLine, n);
      for (std::size_t byte = 0; byte < element_bytes_; ++byte) {
        for (std::size_t i = begin; i < end; ++i) out[i * element_bytes_ + byte] = stored[byte * n + i];
      }
    }
  }

 private:
  std::size_t elements(std::size_t bytes, const std::string& object) const {
    if (bytes % element_bytes_ != 0) {
      refuse_corrupt(object, "a multiple of shuffle's " + std::to_string(element_bytes_) + " bytes",
                     std::to_string(bytes));
    }
    return bytes / element_bytes_;
  }

  std::size_t element_bytes_;
};

}  // namespace

std::shared_ptr<const Codec> make_shuffle(const json::object& settings, std::uint32_t item_bytes,
                                          const std::string& document) {
  return std::make_shared<ShuffleCodec>(
      static_cast<std::size_t>(integer_member_or(settings, "elementsize", item_bytes, 1, 1 << 30, document)));
}

}  // namespace chunkmark::codec
