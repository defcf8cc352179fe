// bitround, packbits.
#include "storage/codec/filter_kinds.h"

namespace chunkmark::codec {
namespace {

// Keeps so many bits of the mantissa, rounded half to even; nothing to undo.
class BitRound final : public ElementFilter {
 public:
  BitRound(ElementTypes types, int keep_bits, int mantissa_bits)
      : ElementFilter(types), keep_bits_(keep_bits), dropped_bits_(mantissa_bits - keep_bits) {}
  std::string_view name() const override { return "bitround"; }
  json::object configuration(Dialect) const override { return {{"keepbits", keep_bits_}}; }

 protected:
  void encode_elements(ByteView from, MutableByteView to) const override {
    const NumpyType words{{Kind::kInt, content().dtype.item_bytes}, content().big_endian};
    convert<std::int64_t>(words, from, words, to, [&](std::int64_t word) {
      if (dropped_bits_ == 0) return word;
      const auto bits = static_cast<std::uint64_t>(word);
      const std::uint64_t half = (std::uint64_t{1} << (dropped_bits_ - 1)) - 1;
      return static_cast<std::int64_t>((bits + ((bits >> dropped_bits_) & 1) + half) &
                                       ~((std::uint64_t{1} << dropped_bits_) - 1));
    });
  }
  void decode_elements(ByteView from, MutableByteView to) const override {
    std::copy(from.begin(), from.end(), to.begin());
  }

 private:
  int keep_bits_, dropped_bits_;
};

// Eight booleans in a byte, the first one highest, behind a byte that counts the unused bits of the last.
class PackBits final : public ElementFilter {
 public:
  using ElementFilter::ElementFilter;
  std::string_view name() const override { return "packbits"; }
  json::object configuration(Dialect) const override { return {}; }
  std::optional<std::uint64_t> exact_bytes(std::uint64_t bytes) const override { return 1 + (bytes + 7) / 8; }
  std::optional<std::uint64_t> content_bytes(const RandomAccess& object) const override {
    std::byte unused{0};
    if (object.size() > 0) object.read_at(0, MutableByteView(&unused, 1));
    const std::uint64_t bits = object.size() < 2 ? 0 : 8 * (object.size() - 1);
    return bits - std::min<std::uint64_t>(bits, std::to_integer<unsigned>(unused));
  }

 protected:
  void encode_elements(ByteView from, MutableByteView to) const override {
    to[0] = static_cast<std::byte>((8 - from.size() % 8) % 8);
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i] != std::byte{0}) to[1 + i / 8] |= std::byte{0x80} >> (i % 8);
    }
  }
  void decode_into(ByteView stored, MutableByteView out, const std::string& object) const override {
    const std::size_t unused = (8 - out.size() % 8) % 8;
    if (stored[0] != static_cast<std::byte>(unused)) {
      refuse_corrupt(object, std::to_string(unused) + " unused bits by packbits",
                     std::to_string(std::to_integer<unsigned>(stored[0])));
    }
    decode_elements(stored, out);
  }
  void decode_elements(ByteView from, MutableByteView to) const override {
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = (from[1 + i / 8] & (std::byte{0x80} >> (i % 8))) != std::byte{0} ? std::byte{1} : std::byte{0};
    }
  }
};

}  // namespace

std::shared_ptr<const Codec> make_bit_round(ElementTypes types, int keep_bits, int mantissa_bits) {
  return std::make_shared<BitRound>(types, keep_bits, mantissa_bits);
}

std::shared_ptr<const Codec> make_pack_bits(ElementTypes types) {
  return std::make_shared<PackBits>(types);
}

}  // namespace chunkmark::codec
