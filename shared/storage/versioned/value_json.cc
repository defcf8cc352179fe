#include "storage/versioned/value_json.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/utf8.h"
#include "storage/versioned/reference_json.h"

namespace chunkmark::versioned {

namespace {

using hdf5::Datatype;
using hdf5::TypeClass;

std::uint64_t unsigned_value(ByteView element, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < element.size(); ++i) {
    value = value << 8 | std::to_integer<std::uint64_t>(element[big_endian ? i : element.size() - 1 - i]);
  }
  return value;
}

double half_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31) return fraction ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

// Intel's 80-bit format, which HDF5 keeps in 16 (or 12) bytes; to the nearest double.
double extended_value(ByteView element) {
  const std::uint64_t fraction = unsigned_value(element.first(8), false);
  const auto top = static_cast<unsigned>(unsigned_value(element.subspan(8, 2), false));
  const double sign = top & 0x8000 ? -1 : 1;
  if ((top & 0x7fff) == 0x7fff) {
    return fraction << 1 ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  }
  return sign * std::ldexp(static_cast<double>(fraction), static_cast<int>(top & 0x7fff) - 16383 - 63);
}

json::value number_json(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

// To the nearest double, as the library converts it: exponents of ones are infinity or no number.
double unusual_value(const Datatype& type, ByteView element) {
  const hdf5::FloatBits& bits = *type.float_bits;
  const auto bit = [&](unsigned at) {
    const std::size_t byte = type.big_endian ? element.size() - 1 - at / 8 : at / 8;
    return std::to_integer<unsigned>(element[byte]) >> at % 8 & 1;
  };
  std::uint32_t exponent = 0;
  for (unsigned i = bits.exponent_bits; i-- > 0;) exponent = exponent << 1 | bit(bits.exponent_at + i);
  double fraction = 0;  // 0 to 1, or to 2 where the first bit is stored
  for (unsigned i = 0; i < bits.fraction_bits; ++i) fraction = (fraction + bit(bits.fraction_at + i)) / 2;
  const double sign = bit(bits.sign) ? -1 : 1;
  if (exponent == (1u << bits.exponent_bits) - 1)
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  const auto power = static_cast<double>(exponent) - static_cast<double>(bits.bias);
  if (!bits.implied) return sign * std::ldexp(fraction, static_cast<int>(power + 1));
  return sign *
         std::ldexp(exponent == 0 ? fraction : 1 + fraction, static_cast<int>(exponent == 0 ? power + 1 : power));
}

json::value float_json(const Datatype& type, ByteView element) {
  if (type.float_bits) return number_json(unusual_value(type, element));
  switch (element.size()) {
    case 2:
      return number_json(half_value(static_cast<std::uint16_t>(unsigned_value(element, type.big_endian))));
    case 4:
      return number_json(bit_cast<float>(static_cast<std::uint32_t>(unsigned_value(element, type.big_endian))));
    case 8:
      return number_json(bit_cast<double>(unsigned_value(element, type.big_endian)));
    case 12:
    case 16:
      if (!type.big_endian) return number_json(extended_value(element));
      [[fallthrough]];
    default:
      return nullptr;
  }
}

// Printable ASCII as it is, but a backslash as two; every other byte as \xHH. So nothing is lost whatever the bytes
// are, and nobody takes them for text in an encoding that they are not in.
json::string bytes_text(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  json::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      text.append("\\\\");
    } else if (byte >= 0x20 && byte < 0x7f) {
      text.push_back(c);
    } else {
      const char escape[] = {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
      text.append(std::string_view(escape, sizeof escape));
    }
  }
  return text;
}

}  // namespace

json::string json_text(std::string_view text) {
  return json::string(utf8_text(text));
}

namespace {

// Many references may name one sequence: what they are as text has a bound of its own.
constexpr std::uint64_t kMaxReferredBytes = 64 << 20;

json::value render(const Datatype& type, ByteView element, hdf5::GlobalHeap& heap, std::uint64_t limit);

void check_limit(const hdf5::GlobalHeap& heap, std::uint64_t limit) {
  if (heap.served_bytes() > limit)
    hdf5::unsupported("variable-length elements", "more than " + std::to_string(kMaxReferredBytes) + " bytes of them");
}

json::value text_element(ByteView element, hdf5::GlobalHeap& heap, std::uint64_t limit) {
  const std::string_view text = heap.string(element);
  check_limit(heap, limit);
  return json_text(text);
}

json::array sequence_json(const Datatype& type, ByteView element, hdf5::GlobalHeap& heap, std::uint64_t limit) {
  const ByteView kept = heap.sequence(element, type.base->size);
  check_limit(heap, limit);
  const std::vector<std::byte> items(kept.begin(), kept.end());  // the heap keeps them until the next is asked for
  json::array list;
  for (std::size_t at = 0; at < items.size(); at += type.base->size) {
    list.push_back(render(*type.base, ByteView(items).subspan(at, type.base->size), heap, limit));
  }
  return list;
}

}  // namespace

json::value element_json(const Datatype& type, ByteView element, hdf5::GlobalHeap& heap) {
  return render(type, element, heap, heap.served_bytes() + kMaxReferredBytes);
}

namespace {

json::value render(const Datatype& type, ByteView element, hdf5::GlobalHeap& heap, std::uint64_t limit) {
  if (type.is_bool()) return element[0] != std::byte{0};
  if (type.is_complex()) {
    const Datatype& part = type.base ? *type.base : *type.members[0].type;
    return json::array{float_json(part, element.first(part.size)), float_json(part, element.subspan(part.size))};
  }
  switch (type.type_class) {
    case TypeClass::kEnum:
      return render(*type.base, element, heap, limit);
    case TypeClass::kFixed:
    case TypeClass::kBitfield: {
      if (element.size() > 8) return bytes_text(as_text(element));
      const std::uint64_t value = unsigned_value(element, type.big_endian);
      if (!type.is_signed) return value;
      const unsigned unused = static_cast<unsigned>(64 - 8 * element.size());
      return static_cast<std::int64_t>(value << unused) >> unused;
    }
    case TypeClass::kFloat:
      return float_json(type, element);
    case TypeClass::kString: {
      std::string_view text = as_text(element);
      if (type.padding == 0) text = text.substr(0, text.find('\0'));
      while (!text.empty() && text.back() == (type.padding == 2 ? ' ' : '\0')) text.remove_suffix(1);
      return bytes_text(text);
    }
    case TypeClass::kOpaque:
      return bytes_text(as_text(element));
    case TypeClass::kVariable:
      if (!type.is_string) return sequence_json(type, element, heap, limit);
      return text_element(element, heap, limit);
    case TypeClass::kReference:
      return reference_json(type, element, heap);
    case TypeClass::kCompound: {
      json::object fields;
      for (const Datatype::Member& member : type.members) {
        fields[json_text(member.name)] =
            render(*member.type, element.subspan(member.offset, member.type->size), heap, limit);
      }
      return fields;
    }
    case TypeClass::kArray: {
      json::array items;
      for (std::size_t at = 0; at + type.base->size <= element.size(); at += type.base->size) {
        items.push_back(render(*type.base, element.subspan(at, type.base->size), heap, limit));
      }
      return items;
    }
    default:
      return bytes_text(as_text(element));
  }
}

}  // namespace

json::value elements_json(const Datatype& type, ByteView elements, std::uint64_t count, hdf5::GlobalHeap& heap) {
  const std::uint64_t limit = heap.served_bytes() + kMaxReferredBytes;
  if (type.type_class == TypeClass::kCompound && !type.is_complex()) {
    json::object columns;
    for (const Datatype::Member& member : type.members) {
      json::array column;
      for (std::uint64_t i = 0; i < count; ++i) {
        column.push_back(
            render(*member.type, elements.subspan(i * type.size + member.offset, member.type->size), heap, limit));
      }
      columns[json_text(member.name)] = std::move(column);
    }
    return columns;
  }
  json::array items;
  items.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    items.push_back(render(type, elements.subspan(i * type.size, type.size), heap, limit));
  }
  return items;
}

json::value attribute_json(const hdf5::Attribute& attribute, hdf5::GlobalHeap& heap) {
  using Kind = hdf5::Dataspace::Kind;
  const bool text = attribute.type.is_variable_string() || attribute.type.type_class == TypeClass::kString;
  if (attribute.space.kind == Kind::kScalar && text) return element_json(attribute.type, attribute.value, heap);
  json::object value{{"dtype", numpy_descr(attribute.type)}, {"shape", nullptr}, {"data", nullptr}};
  if (attribute.space.kind == Kind::kNull) return value;
  value["shape"] = json::value_from(attribute.space.dims);
  if (!attribute.type.has_partial_numbers()) {
    value["data"] = elements_json(attribute.type, attribute.value, attribute.space.count(), heap);
    return value;
  }
  std::vector<std::byte> whole(attribute.value.begin(), attribute.value.end());
  const std::size_t size = attribute.type.size;
  for (std::size_t at = 0; at + size <= whole.size(); at += size)
    complete_numbers(attribute.type, MutableByteView(whole).subspan(at, size));
  value["data"] = elements_json(hdf5::whole_numbers(attribute.type), whole, attribute.space.count(), heap);
  return value;
}

json::object attributes_json(const std::vector<hdf5::Attribute>& attributes, hdf5::GlobalHeap& heap) {
  json::object object;
  for (const hdf5::Attribute& attribute : attributes) {
    object[json_text(attribute.name)] = attribute_json(attribute, heap);
  }
  return object;
}

}  // namespace chunkmark::versioned
