#include "storage/codec/numbers.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <vector>

#include "storage/array/chunk_view.h"
#include "storage/array/float16.h"

namespace chunkmark::codec {

using array::DType;
using array::Kind;

namespace {

struct Float16 {
  std::uint16_t bits;
};

// Calls visit(W{}) with the type that holds one element.
template <typename Visit>
void with_word(DType dtype, Visit visit) {
  const bool is_signed = dtype.kind == Kind::kInt;
  if (dtype.kind == Kind::kFloat) {
    if (dtype.item_bytes == 2) return visit(Float16{});
    return dtype.item_bytes == 4 ? visit(float{}) : visit(double{});
  }
  switch (dtype.item_bytes) {
    case 1:
      return is_signed ? visit(std::int8_t{}) : visit(std::uint8_t{});
    case 2:
      return is_signed ? visit(std::int16_t{}) : visit(std::uint16_t{});
    case 4:
      return is_signed ? visit(std::int32_t{}) : visit(std::uint32_t{});
    default:
      return is_signed ? visit(std::int64_t{}) : visit(std::uint64_t{});
  }
}

template <typename Number, typename Word>
Number number_of(Word word) {
  if constexpr (std::is_same_v<Word, Float16>) {
    return static_cast<Number>(array::float16_value(word.bits));
  } else {
    return static_cast<Number>(word);
  }
}

template <typename Word, typename Number>
Word word_of(Number number) {
  if constexpr (std::is_same_v<Word, Float16>) {
    return {array::float16_bits(static_cast<double>(number))};
  } else if constexpr (std::is_integral_v<Word> && std::is_floating_point_v<Number>) {
    constexpr Number kEnd = 0x1p63;  // the first beyond 64 bits with a sign
    if (number >= -kEnd && number < kEnd) return static_cast<Word>(static_cast<std::int64_t>(number));
    if (number >= kEnd && number < 2 * kEnd) return static_cast<Word>(static_cast<std::uint64_t>(number));
    return 0;
  } else {
    return static_cast<Word>(number);
  }
}

template <typename Number>
void load(NumpyType type, ByteView from, std::span<Number> numbers) {
  std::vector<std::byte> swapped;
  if (type.big_endian && type.dtype.item_bytes > 1) {
    swapped.assign(from.begin(), from.end());
    array::swap_words(swapped, type.dtype.item_bytes);
    from = swapped;
  }
  with_word(type.dtype, [&](auto word) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      std::memcpy(&word, from.data() + i * sizeof word, sizeof word);
      numbers[i] = number_of<Number>(word);
    }
  });
}

template <typename Number>
void store(NumpyType type, std::span<const Number> numbers, MutableByteView to) {
  with_word(type.dtype, [&](auto word) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      word = word_of<decltype(word)>(numbers[i]);
      if (type.dtype.kind == Kind::kBool) {
        to[i] = std::byte{numbers[i] != 0};
        continue;
      }
      std::memcpy(to.data() + i * sizeof word, &word, sizeof word);
    }
  });
  if (type.big_endian && type.dtype.item_bytes > 1) {
    array::swap_words(to.first(numbers.size() * type.dtype.item_bytes), type.dtype.item_bytes);
  }
}

}  // namespace

bool is_number(DType dtype) {
  return dtype.kind == Kind::kFloat || is_integer(dtype);
}

bool is_integer(DType dtype) {
  return dtype.kind == Kind::kInt || dtype.kind == Kind::kUInt || dtype.kind == Kind::kBool;
}

void load_numbers(NumpyType type, ByteView from, std::span<std::int64_t> numbers) {
  load(type, from, numbers);
}
void load_numbers(NumpyType type, ByteView from, std::span<double> numbers) {
  load(type, from, numbers);
}

void store_numbers(NumpyType type, std::span<const std::int64_t> numbers, MutableByteView to) {
  store(type, numbers, to);
}
void store_numbers(NumpyType type, std::span<const double> numbers, MutableByteView to) {
  store(type, numbers, to);
}

double rounded_to(DType type, double value) {
  if (type.item_bytes == 2) return array::float16_value(array::float16_bits(value));
  return type.item_bytes == 4 ? static_cast<double>(static_cast<float>(value)) : value;
}

}  // namespace chunkmark::codec
