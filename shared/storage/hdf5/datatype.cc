#include "storage/hdf5/datatype.h"

#include <algorithm>

#include "storage/hdf5/cursor.h"

namespace chunkmark::hdf5 {

namespace {

// Real types nest three or four deep; h5py refuses far fewer than this.
constexpr int kMaxDepth = 16;

std::shared_ptr<const Datatype> parse(Cursor& cursor, int depth);

unsigned minimal_width(std::uint32_t largest) {
  unsigned width = 1;
  while (largest >>= 8) ++width;
  return width;
}

void parse_compound(Cursor& cursor, Datatype& type, unsigned version, unsigned count, int depth) {
  if (count == 0) corrupt(cursor.what(), "a compound without members");
  for (unsigned i = 0; i < count; ++i) {
    Datatype::Member member;
    const std::size_t start = cursor.position();
    member.name = cursor.text();
    if (version < 3) cursor.skip((8 - (cursor.position() - start) % 8) % 8);
    member.offset = static_cast<std::uint32_t>(version < 3 ? cursor.u32() : cursor.number(minimal_width(type.size)));
    std::vector<std::uint32_t> dims;
    if (version == 1) {
      const unsigned rank = cursor.u8();
      if (rank > 4) corrupt(cursor.what(), "a member of rank " + std::to_string(rank) + ", expected at most 4");
      cursor.skip(11);
      for (unsigned d = 0; d < 4; ++d) {
        const std::uint32_t extent = cursor.u32();
        if (d < rank) dims.push_back(extent);
      }
    }
    member.type = parse(cursor, depth + 1);
    if (!dims.empty()) {  // version 1 says "array" beside the type instead of in it
      auto array = std::make_shared<Datatype>();
      array->type_class = TypeClass::kArray;
      std::uint64_t size = member.type->size;
      for (const std::uint32_t extent : dims) {
        size *= extent;
        if (size > type.size)
          corrupt(cursor.what(), "member " + member.name + " has " + std::to_string(size) + " bytes, its compound " +
                                     std::to_string(type.size));
      }
      array->size = static_cast<std::uint32_t>(size);
      array->base = member.type;
      array->dims = dims;
      member.type = array;
    }
    if (member.offset > type.size || member.type->size > type.size - member.offset) {
      corrupt(cursor.what(), "member " + member.name + " lies at " + std::to_string(member.offset) +
                                 ", outside its compound of " + std::to_string(type.size) + " bytes");
    }
    type.members.push_back(std::move(member));
  }
}

void parse_enum(Cursor& cursor, Datatype& type, unsigned version, unsigned count, int depth) {
  type.base = parse(cursor, depth + 1);
  if (type.base->type_class != TypeClass::kFixed || type.base->size != type.size) {
    corrupt(cursor.what(), "an enum whose base is not an integer of its size");
  }
  for (unsigned i = 0; i < count; ++i) {
    const std::size_t start = cursor.position();
    type.names.emplace_back(cursor.text());
    if (version < 3) cursor.skip((8 - (cursor.position() - start) % 8) % 8);
  }
  const ByteView values = cursor.bytes(std::uint64_t{count} * type.size);
  type.values.assign(values.begin(), values.end());
}

void parse_array(Cursor& cursor, Datatype& type, unsigned version, int depth) {
  const unsigned rank = cursor.u8();
  if (version < 3) cursor.skip(3);
  if (rank > 32) corrupt(cursor.what(), "an array of rank " + std::to_string(rank) + ", expected at most 32");
  std::uint64_t count = 1;
  for (unsigned d = 0; d < rank; ++d) {
    type.dims.push_back(cursor.u32());
    count *= type.dims.back();
    if (count > type.size)
      corrupt(cursor.what(), "an array of " + std::to_string(count) + " elements in a type of " +
                                 std::to_string(type.size) + " bytes");
  }
  if (version < 3) cursor.skip(4 * rank);
  type.base = parse(cursor, depth + 1);
  if (count * type.base->size != type.size)
    corrupt(cursor.what(), "an array of " + std::to_string(count) + " elements of " + std::to_string(type.base->size) +
                               " bytes in a type of " + std::to_string(type.size));
}

void parse_significant_bits(Cursor& cursor, Datatype& type) {
  const std::uint16_t offset = cursor.u16(), precision = cursor.u16();
  const std::uint64_t bits = std::uint64_t{8} * type.size;
  if (precision == 0 || offset + std::uint64_t{precision} > bits) {
    corrupt(cursor.what(), "a number of " + std::to_string(precision) + " bits from bit " + std::to_string(offset) +
                               " in " + std::to_string(type.size) + " bytes");
  }
  if (precision == bits) return;
  if (type.size > 8) unsupported(cursor.what(), "a number of part of " + std::to_string(bits) + " bits");
  type.bit_offset = offset;
  type.precision = precision;
}

void parse_float(Cursor& cursor, Datatype& type, std::uint32_t bits) {
  struct Format {
    std::uint32_t bits, exponent_bits, fraction_bits, bias;
    bool implied;
  };
  constexpr Format kFormats[] = {
      {16, 5, 10, 15, true}, {32, 8, 23, 127, true}, {64, 11, 52, 1023, true}, {80, 15, 64, 16383, false}};
  constexpr unsigned kImplied = 2;
  FloatBits found;
  const std::uint16_t offset = cursor.u16(), precision = cursor.u16();
  found.sign = bits >> 8 & 0xff;
  found.implied = (bits >> 4 & 3) == kImplied;
  found.exponent_at = cursor.u8();
  found.exponent_bits = cursor.u8();
  found.fraction_at = cursor.u8();
  found.fraction_bits = cursor.u8();
  found.bias = cursor.u32();
  for (const Format& format : kFormats) {
    const bool fits = format.bits == 80 ? type.size == 12 || type.size == 16 : type.size * 8 == format.bits;
    if (fits && offset == 0 && precision == format.bits && found.sign == format.bits - 1 &&
        found.exponent_at == format.fraction_bits && found.exponent_bits == format.exponent_bits &&
        found.fraction_at == 0 && found.fraction_bits == format.fraction_bits && found.bias == format.bias &&
        found.implied == format.implied)
      return;
  }
  const std::uint64_t all = std::uint64_t{8} * type.size;
  if (found.sign >= all || found.exponent_at + found.exponent_bits > all ||
      found.fraction_at + found.fraction_bits > all || found.exponent_bits == 0 || found.exponent_bits > 31 ||
      found.fraction_bits == 0)
    corrupt(cursor.what(), "a float whose bits are not in its " + std::to_string(type.size) + " bytes");
  type.float_bits = found;
}

std::shared_ptr<const Datatype> parse(Cursor& cursor, int depth) {
  if (depth > kMaxDepth) corrupt(cursor.what(), "a type nested deeper than " + std::to_string(kMaxDepth));
  auto type = std::make_shared<Datatype>();
  const unsigned class_and_version = cursor.u8();
  const unsigned version = class_and_version >> 4;
  const auto bits = static_cast<std::uint32_t>(cursor.number(3));
  type->size = cursor.u32();
  if (version < 1 || version > 5)
    unsupported(cursor.what(), "datatype version " + std::to_string(version) + ", expected 1 to 5");
  if (type->size == 0) corrupt(cursor.what(), "a type of no bytes");
  const unsigned class_number = class_and_version & 15;
  if (class_number > 11)
    unsupported(cursor.what(), "datatype class " + std::to_string(class_number) + ", expected 0 to 11");
  type->type_class = static_cast<TypeClass>(class_number);
  switch (type->type_class) {
    case TypeClass::kFixed:
      type->is_signed = bits & 8;
      [[fallthrough]];
    case TypeClass::kBitfield:
      type->big_endian = bits & 1;
      parse_significant_bits(cursor, *type);
      break;
    case TypeClass::kFloat:
      if (bits & 0x40) unsupported(cursor.what(), "a float in VAX byte order");
      type->big_endian = bits & 1;
      parse_float(cursor, *type, bits);
      break;
    case TypeClass::kTime:
      type->big_endian = bits & 1;
      cursor.skip(2);
      break;
    case TypeClass::kString:
      type->padding = bits & 15;
      type->utf8 = (bits >> 4 & 15) == 1;
      break;
    case TypeClass::kOpaque:
      type->tag = as_text(cursor.bytes(bits & 0xff)).substr(0, bits & 0xff);
      type->tag.resize(type->tag.find_last_not_of('\0') + 1);
      break;
    case TypeClass::kCompound:
      parse_compound(cursor, *type, version, bits & 0xffff, depth);
      break;
    case TypeClass::kReference:
      type->reference = bits & 15;
      break;
    case TypeClass::kEnum:
      parse_enum(cursor, *type, version, bits & 0xffff, depth);
      break;
    case TypeClass::kVariable:
      type->is_string = (bits & 15) == 1;
      type->padding = bits >> 4 & 15;
      type->utf8 = (bits >> 8 & 15) == 1;
      type->base = parse(cursor, depth + 1);
      if (type->base->has_partial_numbers())
        unsupported(cursor.what(), "sequences of numbers that are not all of their bytes' bits");
      break;
    case TypeClass::kArray:
      parse_array(cursor, *type, version, depth);
      break;
    case TypeClass::kComplex:
      type->base = parse(cursor, depth + 1);
      if (std::uint64_t{type->base->size} * 2 != type->size)
        corrupt(cursor.what(), "a complex type that is not two parts");
      break;
  }
  return type;
}

}  // namespace

Datatype parse_datatype(ByteView message, std::string_view what) {
  Cursor cursor(message, what);
  return *parse(cursor, 0);
}

bool Datatype::has_references() const {
  if (type_class == TypeClass::kVariable) return true;
  for (const Member& member : members) {
    if (member.type->has_references()) return true;
  }
  return type_class == TypeClass::kArray && base->has_references();
}

bool Datatype::has_partial_numbers() const {
  if (precision != 0) return true;
  const bool has_base = type_class == TypeClass::kArray || type_class == TypeClass::kEnum;
  return std::any_of(members.begin(), members.end(), [](const Member& m) { return m.type->has_partial_numbers(); }) ||
         (has_base && base->has_partial_numbers());
}

Datatype whole_numbers(const Datatype& type) {
  Datatype whole = type;
  whole.bit_offset = whole.precision = 0;
  for (Datatype::Member& member : whole.members) {
    if (member.type->has_partial_numbers()) member.type = std::make_shared<Datatype>(whole_numbers(*member.type));
  }
  if (whole.base && whole.base->has_partial_numbers())
    whole.base = std::make_shared<Datatype>(whole_numbers(*whole.base));
  return whole;
}

void complete_numbers(const Datatype& type, MutableByteView element) {
  if (!type.has_partial_numbers()) return;
  for (const Datatype::Member& member : type.members)
    complete_numbers(*member.type, element.subspan(member.offset, member.type->size));
  if (type.base) {
    for (std::size_t at = 0; at + type.base->size <= element.size(); at += type.base->size)
      complete_numbers(*type.base, element.subspan(at, type.base->size));
  }
  if (type.precision == 0) return;
  const std::size_t width = element.size();  // at most 8
  const auto byte = [&](std::size_t i) -> std::byte& { return element[type.big_endian ? width - 1 - i : i]; };
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(byte(i));
  const unsigned unused = 64u - type.precision;
  value = value >> type.bit_offset << unused;
  value = type.is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> unused) : value >> unused;
  for (std::size_t i = 0; i < width; ++i, value >>= 8) byte(i) = static_cast<std::byte>(value & 0xff);
}

bool Datatype::is_bool() const {
  return type_class == TypeClass::kEnum && size == 1 && names.size() == 2 && names[0] == "FALSE" &&
         names[1] == "TRUE" && values[0] == std::byte{0} && values[1] == std::byte{1};
}

bool Datatype::is_complex() const {
  if (type_class == TypeClass::kComplex) return base->type_class == TypeClass::kFloat && !base->float_bits;
  return type_class == TypeClass::kCompound && members.size() == 2 && members[0].name == "r" &&
         members[1].name == "i" && members[0].type->type_class == TypeClass::kFloat &&
         members[1].type->type_class == TypeClass::kFloat && members[0].offset == 0 && !members[0].type->float_bits &&
         !members[1].type->float_bits && members[0].type->size == members[1].type->size &&
         members[1].offset == members[0].type->size && members[0].type->big_endian == members[1].type->big_endian &&
         size == 2 * members[0].type->size;
}

std::string numpy_name(const Datatype& type) {
  const auto ordered = [&](char kind, bool big_endian) {
    const char order = type.size == 1 ? '|' : big_endian ? '>' : '<';
    return std::string{order, kind} + std::to_string(type.size);
  };
  if (type.is_bool()) return "|b1";
  if (type.is_complex()) return ordered('c', (type.base ? type.base : type.members[0].type)->big_endian);
  switch (type.type_class) {
    case TypeClass::kFixed:
      return ordered(type.is_signed ? 'i' : 'u', type.big_endian);
    case TypeClass::kFloat:
      return type.float_bits ? "|V" + std::to_string(type.size) : ordered('f', type.big_endian);
    case TypeClass::kBitfield:
      return ordered('u', type.big_endian);
    case TypeClass::kEnum:
      return numpy_name(*type.base);
    case TypeClass::kString:
      return "|S" + std::to_string(type.size);
    case TypeClass::kVariable:
    case TypeClass::kReference:
      return "|O";
    case TypeClass::kOpaque:
      // h5py keeps datetime64 and its kin as opaque bytes whose tag is the NumPy name.
      if (type.tag.starts_with("NUMPY:")) return type.tag.substr(6);
      [[fallthrough]];
    default:
      return "|V" + std::to_string(type.size);
  }
}

json::value numpy_descr(const Datatype& type) {
  if (type.type_class != TypeClass::kCompound || type.is_complex()) return json::value(numpy_name(type));
  json::array descr;
  std::uint32_t at = 0;
  const auto pad_to = [&](std::uint32_t offset) {
    if (offset > at) descr.push_back(json::array{"", "|V" + std::to_string(offset - at)});
  };
  for (const Datatype::Member& member : type.members) {
    pad_to(member.offset);
    const Datatype* element = member.type.get();
    json::array dims;
    while (element->type_class == TypeClass::kArray) {
      for (const std::uint32_t extent : element->dims) dims.emplace_back(extent);
      element = element->base.get();
    }
    json::array field{json::string(member.name), numpy_descr(*element)};
    if (!dims.empty()) field.emplace_back(dims);
    descr.push_back(std::move(field));
    at = member.offset + member.type->size;
  }
  pad_to(type.size);
  return descr;
}

namespace {

// "RED 0, GREEN 1" of an enumeration; of a long one its beginning.
std::string names_text(const Datatype& type) {
  constexpr std::size_t kShown = 16;
  const std::size_t width = type.base->size;
  if (width == 0 || width > sizeof(std::uint64_t)) return std::to_string(type.names.size()) + " names";
  std::string text;
  for (std::size_t i = 0; i < std::min(type.names.size(), kShown); ++i) {
    std::uint64_t value = 0;
    for (std::size_t byte = 0; byte < width; ++byte) {
      const std::size_t at = i * width + (type.base->big_endian ? byte : width - 1 - byte);
      value = value << 8 | std::to_integer<std::uint64_t>(type.values[at]);
    }
    const unsigned unused = static_cast<unsigned>(64 - 8 * width);
    const auto as_signed = static_cast<std::int64_t>(value << unused) >> unused;
    text += (text.empty() ? "" : ", ") + type.names[i] + " " +
            (type.base->is_signed ? std::to_string(as_signed) : std::to_string(value));
  }
  return type.names.size() > kShown ? text + " and " + std::to_string(type.names.size() - kShown) + " more" : text;
}

}  // namespace

std::string type_words(const Datatype& type) {
  switch (type.type_class) {
    case TypeClass::kVariable:
      return type.is_string ? "variable-length string" : "sequence of " + type_words(*type.base);
    case TypeClass::kReference:
      return type.reference == 0   ? "object reference"
             : type.reference == 1 ? "region reference"
                                   : "reference of HDF5 1.12";
    case TypeClass::kArray: {
      std::string text = "array of ";
      for (const std::uint32_t extent : type.dims) text += std::to_string(extent) + " x ";
      return text + type_words(*type.base);
    }
    case TypeClass::kCompound: {
      if (type.is_complex()) return numpy_name(type);
      std::string text;
      for (const Datatype::Member& member : type.members)
        text += (text.empty() ? "" : ", ") + member.name + " " + type_words(*member.type);
      return "{" + text + "}";
    }
    case TypeClass::kFloat:
      if (!type.float_bits) return numpy_name(type);
      return "float of " + std::to_string(type.float_bits->exponent_bits) + " bits of exponent and " +
             std::to_string(type.float_bits->fraction_bits) + " of fraction";
    case TypeClass::kEnum:
      return type.is_bool() ? numpy_name(type) : "enum " + numpy_name(type) + " (" + names_text(type) + ")";
    default:
      return numpy_name(type);
  }
}

}  // namespace chunkmark::hdf5
