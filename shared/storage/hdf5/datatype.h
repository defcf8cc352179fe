// Datatype: what one element of a dataset or attribute is, and its NumPy name.
//
// A value: parse_datatype() makes it from a datatype message (versions 1 to 5). Nesting is bounded, so
// untrusted bytes cannot exhaust the stack. Source: HDF5 File Format Specification 3.0, IV.A.2.d; h5py for
// bool, complex and enum.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"

namespace chunkmark::hdf5 {

enum class TypeClass : std::uint8_t {
  kFixed = 0,
  kFloat = 1,
  kTime = 2,
  kString = 3,
  kBitfield = 4,
  kOpaque = 5,
  kCompound = 6,
  kReference = 7,
  kEnum = 8,
  kVariable = 9,
  kArray = 10,
  kComplex = 11,
};

// A float that is none of the formats that NumPy has (half, single, double, Intel's extended): where its bits are,
// counted from the least significant one. It is read as its bytes.
struct FloatBits {
  unsigned sign = 0, exponent_at = 0, exponent_bits = 0, fraction_at = 0, fraction_bits = 0;
  std::uint32_t bias = 0;
  bool implied = false;  // the bit before the fraction is 1 and not stored
};

struct Datatype {
  struct Member {
    std::string name;
    std::uint32_t offset = 0;
    std::shared_ptr<const Datatype> type;
  };

  TypeClass type_class = TypeClass::kFixed;
  std::uint32_t size = 0;  // bytes of an element in the file
  bool big_endian = false;
  bool is_signed = false;
  std::uint16_t bit_offset = 0, precision = 0;  // kFixed, kBitfield: which bits are the number; precision 0: all are
  std::optional<FloatBits> float_bits;          // kFloat
  bool is_string = false;                       // kVariable: a string rather than a sequence
  unsigned padding = 0;                         // kString: 0 NUL-terminated, 1 NUL-padded, 2 space-padded
  bool utf8 = false;                            // kString, kVariable string
  std::string tag;                              // kOpaque
  unsigned reference = 0;                       // kReference: 0 object, 1 region; 2 to 4 those of HDF5 1.12
  std::vector<Member> members;                  // kCompound
  std::shared_ptr<const Datatype> base;         // kEnum, kVariable, kArray, kComplex
  std::vector<std::uint32_t> dims;              // kArray
  std::vector<std::string> names;               // kEnum
  std::vector<std::byte> values;                // kEnum: names.size() x base->size

  bool is_variable_string() const { return type_class == TypeClass::kVariable && is_string; }
  // Elements are references into global heaps, wholly or in a member.
  bool has_references() const;
  // Some numbers in it are not all of their bytes' bits; see complete_numbers.
  bool has_partial_numbers() const;
  bool is_bool() const;     // h5py: enum of int8 {FALSE, TRUE}
  bool is_complex() const;  // h5py: compound {r, i} of one float type; or HDF5 2's own complex
};

// Errors: kCorrupt, kUnsupported, naming `what`.
Datatype parse_datatype(ByteView message, std::string_view what);

// What is read of a type with partial numbers: the type of the same size whose numbers are all of their bits, and an
// element made so in place, as the HDF5 library converts it.
Datatype whole_numbers(const Datatype& type);
void complete_numbers(const Datatype& type, MutableByteView element);

// NumPy's dtype.str ("<i4", "|b1", "|S5", "|O"), and for compounds its descr as JSON.
std::string numpy_name(const Datatype& type);
json::value numpy_descr(const Datatype& type);
// In words: "sequence of <i4", "object reference", "{id <i4, v <f8}", "enum |i1 (RED 0, GREEN 1)"; else NumPy's name.
std::string type_words(const Datatype& type);

}  // namespace chunkmark::hdf5
