#include "storage/versioned/datatypes.h"

#include <charconv>

#include "base/error.h"

namespace chunkmark::versioned {

using hdf5::Bytes;
using hdf5::Writer;

namespace {

// Where the parts of an IEEE number are: bytes, mantissa and exponent bits, the exponent's bias.
struct FloatLayout {
  unsigned bytes, mantissa, exponent, bias;
};
constexpr FloatLayout kFloats[] = {{2, 10, 5, 15}, {4, 23, 8, 127}, {8, 52, 11, 1023}};

void put_integer(Bytes& to, unsigned bytes, bool is_signed, bool big_endian) {
  Writer(to).u8(0x10).u8((is_signed ? 8 : 0) | (big_endian ? 1 : 0)).u16(0).u32(bytes).u16(0).u16(8 * bytes);
}

bool put_float(Bytes& to, unsigned bytes, bool big_endian) {
  constexpr unsigned kImpliedOne = 0x20;
  for (const FloatLayout& f : kFloats) {
    if (f.bytes != bytes) continue;
    Writer(to).u8(0x11).u8(kImpliedOne | (big_endian ? 1 : 0)).u8(8 * bytes - 1).u8(0).u32(bytes);
    Writer(to).u16(0).u16(8 * bytes).u8(f.mantissa).u8(f.exponent).u8(0).u8(f.mantissa).u32(f.bias);
    return true;
  }
  return false;
}

// One member of a compound of version 1, as HDF5 1.8 and later write them by default.
void put_member(Bytes& to, std::string_view name, unsigned offset, const Bytes& type) {
  Writer out(to);
  out.text(name).zeros(8 - name.size() % 8).u32(offset).zeros(28).bytes(type);
}

}  // namespace

Bytes string_type_message() {
  return hdf5::text_type();
}

Bytes hash_row_type() {
  const auto array_of = [](unsigned count, unsigned bytes, const Bytes& base) {
    Bytes type;  // version 2: rank, extents, the (identical) permutation
    Writer(type).u8(0x2a).zeros(3).u32(count * bytes).u8(1).zeros(3).u32(count).u32(0).bytes(base);
    return type;
  };
  Bytes byte, integer;
  put_integer(byte, 1, false, false);
  put_integer(integer, 8, true, false);
  Bytes row;
  Writer out(row);
  out.u8(0x26).u8(2).u16(0).u32(48);
  out.text("hash").zeros(4).u32(0).bytes(array_of(32, 1, byte));
  out.text("shape").zeros(3).u32(32).bytes(array_of(2, 8, integer));
  return row;
}

Bytes numpy_type_message(std::string_view name) {
  const auto refuse = [&]() -> Error {
    return Error(ErrorCode::kUnsupported,
                 "element type " + std::string(name) + ": expected one such as <i4, >f8, |b1, <c16, |S5 or |V6");
  };
  unsigned bytes = 0;
  if (name.size() < 3) throw refuse();
  const auto [end, status] = std::from_chars(name.data() + 2, name.data() + name.size(), bytes);
  if (status != std::errc() || end != name.data() + name.size() || bytes == 0) throw refuse();
  const bool big_endian = name[0] == '>';
  if (!big_endian && name[0] != '<' && name[0] != '|' && name[0] != '=') throw refuse();
  Bytes type;
  switch (name[1]) {
    case 'b':
      if (bytes == 1) return hdf5::bool_type();
      break;
    case 'i':
    case 'u':
      if (bytes > 8 || (bytes & (bytes - 1)) != 0) break;
      put_integer(type, bytes, name[1] == 'i', big_endian);
      return type;
    case 'f':
      if (put_float(type, bytes, big_endian)) return type;
      break;
    case 'c': {
      Bytes part;
      if (bytes % 2 != 0 || !put_float(part, bytes / 2, big_endian)) break;
      Writer(type).u8(0x16).u8(2).u16(0).u32(bytes);
      put_member(type, "r", 0, part);
      put_member(type, "i", bytes / 2, part);
      return type;
    }
    case 'S':
      Writer(type).u8(0x13).u8(1).u16(0).u32(bytes);
      return type;
    case 'V':
      Writer(type).u8(0x15).u8(0).u16(0).u32(bytes);
      return type;
    default:
      break;
  }
  throw refuse();
}

}  // namespace chunkmark::versioned
