// "lz4" and "shuffle", as numcodecs has them.
//
// lz4: the content's size in 4 bytes, little endian, and one block. shuffle: every element's first byte, then every
// element's second byte, and so on.
#include <lz4.h>

#include <array>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/buffer_codec.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kSizeBytes = 4;

class Lz4Codec final : public BufferCodec {
 public:
  explicit Lz4Codec(int acceleration) : acceleration_(acceleration) {}

  std::string_view name() const override { return "lz4"; }
  json::object configuration(Dialect) const override { return {{"acceleration", acceleration_}}; }
  std::optional<std::uint64_t> content_bytes(const RandomAccess& object) const override {
    if (object.size() < kSizeBytes) refuse_short(object.size(), object.name());
    std::array<std::byte, kSizeBytes> size;
    object.read_at(0, MutableByteView(size));
    return load_le<std::uint32_t>(size.data());
  }

 protected:
  std::vector<std::byte> encode_copy(ByteView content, const std::string& object) const override {
    if (content.size() > LZ4_MAX_INPUT_SIZE) {
      throw Error(ErrorCode::kInvalidArgument, object + ": expected chunks of at most " +
                                                   std::to_string(LZ4_MAX_INPUT_SIZE) + " bytes for lz4, found " +
                                                   std::to_string(content.size()));
    }
    const auto bytes = static_cast<int>(content.size());
    std::vector<std::byte> stored(kSizeBytes + static_cast<std::size_t>(::LZ4_compressBound(bytes)));
    store_le(stored.data(), static_cast<std::uint32_t>(content.size()));
    const int size = ::LZ4_compress_fast(reinterpret_cast<const char*>(content.data()),
                                         reinterpret_cast<char*>(stored.data() + kSizeBytes), bytes,
                                         static_cast<int>(stored.size() - kSizeBytes), acceleration_);
    stored.resize(kSizeBytes + static_cast<std::size_t>(size));
    return stored;
  }
  void decode_into(ByteView stored, MutableByteView out, const std::string& object) const override {
    if (stored.size() < kSizeBytes || stored.size() > LZ4_MAX_INPUT_SIZE) refuse_short(stored.size(), object);
    const auto declared = load_le<std::uint32_t>(stored.data());
    if (declared != out.size()) {
      refuse_corrupt(object, std::to_string(out.size()) + " bytes of content", std::to_string(declared) + " by lz4");
    }
    const ByteView block = stored.subspan(kSizeBytes);
    const int size =
        ::LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(out.data()),
                              static_cast<int>(block.size()), static_cast<int>(out.size()));
    if (size < 0 || static_cast<std::size_t>(size) != out.size()) {
      refuse_corrupt(object, std::to_string(out.size()) + " bytes from an lz4 block",
                     size < 0 ? "a damaged block" : std::to_string(size));
    }
  }

 private:
  [[noreturn]] static void refuse_short(std::uint64_t bytes, const std::string& object) {
    refuse_corrupt(object, "4 bytes of size and an lz4 block of less than 2 GiB", std::to_string(bytes) + " bytes");
  }

  int acceleration_;
};

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

std::shared_ptr<const Codec> make_lz4(const json::object& settings, const std::string& document) {
  return std::make_shared<Lz4Codec>(
      static_cast<int>(integer_member_or(settings, "acceleration", 1, 0, 65537, document)));
}

std::shared_ptr<const Codec> make_shuffle(const json::object& settings, std::uint32_t item_bytes,
                                          const std::string& document) {
  return std::make_shared<ShuffleCodec>(
      static_cast<std::size_t>(integer_member_or(settings, "elementsize", item_bytes, 1, 1 << 30, document)));
}

}  // namespace chunkmark::codec
