// "lz4", as numcodecs has it: the content's size in 4 bytes, little endian, and one LZ4 block (lz4_block.h).
#include <lz4.h>

#include <array>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/buffer_codec.h"
#include "storage/codec/lz4_block.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kSizeBytes = 4;

class Lz4Codec final : public Codec {
 public:
  explicit Lz4Codec(int acceleration) : acceleration_(acceleration) {}

  std::string_view name() const override { return "lz4"; }
  json::object configuration(Dialect) const override { return {{"acceleration", acceleration_}}; }

  bool encodes_on_lanes() const override { return true; }
  std::optional<std::uint64_t> content_bytes(const RandomAccess& object) const override {
    if (object.size() < kSizeBytes || object.size() > LZ4_MAX_INPUT_SIZE) refuse_size(object.size(), object.name());
    std::array<std::byte, kSizeBytes> size;
    object.read_at(0, MutableByteView(size));
    return load_le<std::uint32_t>(size.data());
  }

  void encode(const ChunkSource& source, Sink& sink, Executor& executor) const override {
    if (source.bytes() > LZ4_MAX_INPUT_SIZE) {
      throw Error(ErrorCode::kInvalidArgument, sink.name() + ": expected chunks of at most " +
                                                   std::to_string(LZ4_MAX_INPUT_SIZE) + " bytes for lz4, found " +
                                                   std::to_string(source.bytes()));
    }
    std::array<std::byte, kSizeBytes> size;
    store_le(size.data(), static_cast<std::uint32_t>(source.bytes()));
    sink.append(size);
    encode_lz4_block(source, sink, acceleration_, executor);
  }

  void decode(const RandomAccess& object, const ChunkDest& dest, Executor&) const override {
    const auto bytes = static_cast<std::size_t>(dest.bytes());
    if (const std::uint64_t declared = content_bytes(object).value(); declared != bytes) {
      refuse_corrupt(object.name(), std::to_string(bytes) + " bytes of content", std::to_string(declared) + " by lz4");
    }
    decode_lz4_block(object, kSizeBytes, dest);
  }

 private:
  [[noreturn]] static void refuse_size(std::uint64_t bytes, const std::string& object) {
    refuse_corrupt(object, "4 bytes of size and an lz4 block of less than 2 GiB", std::to_string(bytes) + " bytes");
  }

  int acceleration_;
};

}  // namespace

std::shared_ptr<const Codec> make_lz4(const json::object& settings, const std::string& document) {
  return std::make_shared<Lz4Codec>(
      static_cast<int>(integer_member_or(settings, "acceleration", 1, 0, 65537, document)));
}

}  // namespace chunkmark::codec
