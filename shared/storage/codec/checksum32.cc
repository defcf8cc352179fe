#include "storage/codec/checksum32.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/json_members.h"
#include "bytes/part.h"
#include "storage/codec/raw.h"

namespace chunkmark::codec {
namespace {

constexpr std::size_t kSumBytes = 4;

struct Sum {
  std::string_view name;
  std::uint32_t start;
  std::uint32_t (*add)(std::uint32_t, const void*, std::size_t);
};

constexpr Sum kSums[] = {{"adler32", 1, ::libdeflate_adler32}, {"crc32", 0, ::libdeflate_crc32}};

class Checksum32Codec final : public Codec {
 public:
  Checksum32Codec(const Sum& sum, bool at_end) : sum_(sum), at_end_(at_end) {}

  std::string_view name() const override { return sum_.name; }
  json::object configuration(Dialect) const override {
    return at_end_ ? json::object{{"location", "end"}} : json::object{};
  }

  void encode(const ChunkSource& source, Sink& sink, Executor&) const override {
    const std::uint32_t value = sum_of(source.bytes(), [&](std::uint64_t at, MutableByteView scratch) -> ByteView {
      if (const std::byte* direct = source.direct(at, scratch.size())) return {direct, scratch.size()};
      source.gather(at, scratch);
      return scratch;
    });
    std::array<std::byte, kSumBytes> stored;
    store_le(stored.data(), value);
    if (!at_end_) sink.append(stored);
    encode_raw(source, sink);
    if (at_end_) sink.append(stored);
  }

  void decode(const RandomAccess& object, const ChunkDest& dest, Executor&) const override {
    if (object.size() < kSumBytes) {
      refuse_corrupt(object.name(), "4 bytes of " + std::string(sum_.name), std::to_string(object.size()));
    }
    const std::uint64_t bytes = object.size() - kSumBytes;
    const bytes::ObjectPart content(object, object.name(), at_end_ ? 0 : kSumBytes, bytes);
    const std::uint32_t value = sum_of(bytes, [&](std::uint64_t at, MutableByteView scratch) -> ByteView {
      content.read_at(at, scratch);
      return scratch;
    });
    std::array<std::byte, kSumBytes> stored;
    object.read_at(at_end_ ? bytes : 0, MutableByteView(stored));
    if (const auto expected = load_le<std::uint32_t>(stored.data()); expected != value) {
      refuse_corrupt(object.name(), std::string(sum_.name) + " " + std::to_string(expected), std::to_string(value));
    }
    decode_raw(content, dest);
  }

  std::optional<std::uint64_t> content_bytes(const RandomAccess& object) const override {
    return object.size() - std::min<std::uint64_t>(object.size(), kSumBytes);
  }
  std::optional<std::uint64_t> exact_bytes(std::uint64_t bytes) const override { return bytes + kSumBytes; }

 private:
  // `piece` gives the bytes from an offset on, as many as the scratch that it may use has.
  template <typename Piece>
  std::uint32_t sum_of(std::uint64_t bytes, Piece piece) const {
    std::vector<std::byte> scratch(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kRawScratchBytes)));
    std::uint32_t value = sum_.start;
    for (std::uint64_t at = 0; at < bytes;) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(scratch.size(), bytes - at));
      value = sum_.add(value, piece(at, MutableByteView(scratch).first(n)).data(), n);
      at += n;
    }
    return value;
  }

  const Sum& sum_;
  bool at_end_;
};

}  // namespace

std::shared_ptr<const Codec> make_checksum32(std::string_view name, const json::object& settings,
                                             const std::string& document) {
  const std::string location =
      settings.contains("location") ? text_member(settings, "location", document) : std::string("start");
  if (location != "start" && location != "end") refuse_corrupt(document, "location start or end", location);
  return std::make_shared<Checksum32Codec>(name == kSums[0].name ? kSums[0] : kSums[1], location == "end");
}

}  // namespace chunkmark::codec
