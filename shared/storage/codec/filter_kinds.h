// What the filters of element_filter.h are made of, and how each is made once its settings are read.
#pragma once

#include <algorithm>
#include <array>

#include "base/json_members.h"
#include "storage/codec/buffer_codec.h"
#include "storage/codec/numbers.h"

namespace chunkmark::codec {

using array::DType;
using array::Kind;

// How filters tell of a type: as NumPy does; within v3 documents the order is not theirs to tell.
inline json::value type_json(NumpyType type, Dialect dialect) {
  return json::value(array::numpy_type_string({type.dtype, dialect == Dialect::kNumcodecs && type.big_endian}));
}

class ElementFilter : public BufferCodec {
 public:
  explicit ElementFilter(ElementTypes types) : types_(types) {}

  const ElementTypes* element_types() const final { return &types_; }
  std::optional<std::uint64_t> exact_bytes(std::uint64_t bytes) const override {
    return bytes / types_.content.dtype.item_bytes * types_.encoded.dtype.item_bytes;
  }
  std::optional<std::uint64_t> content_bytes(const RandomAccess& object) const override {
    return object.size() / types_.encoded.dtype.item_bytes * types_.content.dtype.item_bytes;
  }

 protected:
  NumpyType content() const { return types_.content; }
  NumpyType encoded() const { return types_.encoded; }
  json::object types_json(Dialect dialect) const {
    return {{"dtype", type_json(content(), dialect)}, {"astype", type_json(encoded(), dialect)}};
  }

  void check_whole(std::size_t bytes, const std::string& object) const {
    if (const std::size_t item = content().dtype.item_bytes; bytes % item != 0) {
      refuse_corrupt(object, "a multiple of " + std::string(name()) + "'s " + std::to_string(item) + " bytes",
                     std::to_string(bytes));
    }
  }

  std::vector<std::byte> encode_copy(ByteView content_bytes, const std::string& object) const override {
    check_whole(content_bytes.size(), object);
    std::vector<std::byte> stored(static_cast<std::size_t>(*exact_bytes(content_bytes.size())));
    encode_elements(content_bytes, stored);
    return stored;
  }
  void decode_into(ByteView stored, MutableByteView out, const std::string& object) const override {
    check_whole(out.size(), object);
    decode_elements(stored, out);
  }
  virtual void encode_elements(ByteView from, MutableByteView to) const = 0;
  virtual void decode_elements(ByteView from, MutableByteView to) const = 0;

 private:
  ElementTypes types_;
};

// Blocks of numbers of one kind, changed in place by `change` on their way.
template <typename Number, typename Change>
void convert(NumpyType from_type, ByteView from, NumpyType to_type, MutableByteView to, Change change) {
  std::array<Number, kNumbersAtOnce> numbers;
  const std::size_t from_item = from_type.dtype.item_bytes, to_item = to_type.dtype.item_bytes;
  const std::size_t n = from.size() / from_item;
  for (std::size_t at = 0; at < n; at += kNumbersAtOnce) {
    const std::span<Number> block(numbers.data(), std::min(kNumbersAtOnce, n - at));
    load_numbers(from_type, from.subspan(at * from_item, block.size() * from_item), block);
    for (Number& number : block) number = change(number);
    store_numbers(to_type, std::span<const Number>(block), to.subspan(at * to_item, block.size() * to_item));
  }
}

// A number of a document: NumPy's integers stay integers only among integers.
struct Factor {
  json::value written;
  bool is_integer = false;
  std::int64_t integer = 0;
  double real = 0;
};

std::shared_ptr<const Codec> make_delta(ElementTypes types);
std::shared_ptr<const Codec> make_fixed_scale_offset(ElementTypes types, Factor offset, Factor scale);
std::shared_ptr<const Codec> make_as_type(ElementTypes types);
std::shared_ptr<const Codec> make_quantize(ElementTypes types, int digits);
std::shared_ptr<const Codec> make_bit_round(ElementTypes types, int keep_bits, int mantissa_bits);
std::shared_ptr<const Codec> make_pack_bits(ElementTypes types);

}  // namespace chunkmark::codec
