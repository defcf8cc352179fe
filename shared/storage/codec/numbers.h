// Elements of any numeric type as doubles or as 64-bit integers, and back: what filters compute with.
//
// Integers are two's complement, so that sums in 64 bits, cut down to the element's size, are the sums in that size.
// Sums, products and quotients of two float32 (or float16) in double, rounded once to that type, are those of the type.
// Complex numbers, strings and opaque bytes are not numbers here. Pure functions; views are of whole elements.
#pragma once

#include <span>

#include "base/bytes.h"
#include "storage/array/dtype.h"

namespace chunkmark::codec {

using array::NumpyType;

// How many elements filters convert at a time.
inline constexpr std::size_t kNumbersAtOnce = 1024;

bool is_number(array::DType dtype);
bool is_integer(array::DType dtype);  // booleans included: 0 and 1

// `from` holds numbers.size() elements. Unsigned 64-bit integers keep their bits as signed ones.
void load_numbers(NumpyType type, ByteView from, std::span<std::int64_t> numbers);
void load_numbers(NumpyType type, ByteView from, std::span<double> numbers);

// Floating point numbers become integers of 64 bits, of which the element takes the lowest bits, as on most machines
// that NumPy runs on; those that do not fit there, and not-a-number, become 0.
void store_numbers(NumpyType type, std::span<const std::int64_t> numbers, MutableByteView to);
void store_numbers(NumpyType type, std::span<const double> numbers, MutableByteView to);

// `value` as `type`, a floating point type, holds it.
double rounded_to(array::DType type, double value);

}  // namespace chunkmark::codec
