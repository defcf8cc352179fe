// delta, fixedscaleoffset, astype, quantize.
#include <cmath>
#include <utility>

#include "storage/codec/filter_kinds.h"

namespace chunkmark::codec {
namespace {

// Types are changed between integers without going through floating point.
void convert_types(NumpyType from_type, ByteView from, NumpyType to_type, MutableByteView to) {
  if (is_integer(from_type.dtype) && is_integer(to_type.dtype)) {
    return convert<std::int64_t>(from_type, from, to_type, to, [](std::int64_t number) { return number; });
  }
  convert<double>(from_type, from, to_type, to, [](double number) { return number; });
}

// What remains of `number` in an integer of that type.
std::int64_t wrapped_to(DType type, std::int64_t number) {
  const unsigned unused = 64 - 8 * type.item_bytes;
  const auto bits = static_cast<std::uint64_t>(number) << unused;
  return type.kind == Kind::kInt ? static_cast<std::int64_t>(bits) >> unused
                                 : static_cast<std::int64_t>(bits >> unused);
}

std::int64_t add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t multiply(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

// The first element, then each one's difference from the one before, in the content's type.
class Delta final : public ElementFilter {
 public:
  using ElementFilter::ElementFilter;
  std::string_view name() const override { return "delta"; }
  json::object configuration(Dialect dialect) const override { return types_json(dialect); }

 protected:
  void encode_elements(ByteView from, MutableByteView to) const override {
    const DType type = content().dtype;
    if (is_integer(type)) {
      std::int64_t before = 0;
      return convert<std::int64_t>(content(), from, encoded(), to, [&](std::int64_t number) {
        return wrapped_to(type, subtract(number, std::exchange(before, number)));
      });
    }
    double before = 0;
    bool first = true;  // -0.0 - 0 is not what it was
    convert<double>(content(), from, encoded(), to, [&](double number) {
      const double last = std::exchange(before, number);
      return std::exchange(first, false) ? number : rounded_to(type, number - last);
    });
  }
  void decode_elements(ByteView from, MutableByteView to) const override {
    const DType type = content().dtype;
    if (is_integer(type)) {
      std::int64_t sum = 0;
      return convert<std::int64_t>(encoded(), from, content(), to,
                                   [&](std::int64_t number) { return sum = add(sum, number); });
    }
    double sum = -0.0;  // what adds nothing to anything
    convert<double>(encoded(), from, content(), to,
                    [&](double number) { return sum = rounded_to(type, sum + rounded_to(type, number)); });
  }
};

// round((content - offset) * scale)
class FixedScaleOffset final : public ElementFilter {
 public:
  FixedScaleOffset(ElementTypes types, Factor offset, Factor scale)
      : ElementFilter(types), offset_(std::move(offset)), scale_(std::move(scale)) {}
  std::string_view name() const override { return "fixedscaleoffset"; }
  json::object configuration(Dialect dialect) const override {
    json::object settings = types_json(dialect);
    settings["offset"] = offset_.written;
    settings["scale"] = scale_.written;
    return settings;
  }

 protected:
  void encode_elements(ByteView from, MutableByteView to) const override {
    const DType type = content().dtype;
    if (is_integer(type) && offset_.is_integer && scale_.is_integer && is_integer(encoded().dtype)) {
      return convert<std::int64_t>(content(), from, encoded(), to, [&](std::int64_t number) {
        return wrapped_to(type, multiply(wrapped_to(type, subtract(number, offset_.integer)), scale_.integer));
      });
    }
    const DType real = is_integer(type) ? kFloat64 : type;
    const double offset = rounded_to(real, offset_.real), scale = rounded_to(real, scale_.real);
    convert<double>(content(), from, encoded(), to, [&](double number) {
      return std::nearbyint(rounded_to(real, rounded_to(real, number - offset) * scale));
    });
  }
  void decode_elements(ByteView from, MutableByteView to) const override {
    const DType real = is_integer(encoded().dtype) ? kFloat64 : encoded().dtype;
    const double offset = rounded_to(real, offset_.real), scale = rounded_to(real, scale_.real);
    convert<double>(encoded(), from, content(), to,
                    [&](double number) { return rounded_to(real, rounded_to(real, number / scale) + offset); });
  }

 private:
  static constexpr DType kFloat64{Kind::kFloat, 8};
  Factor offset_, scale_;
};

class AsType final : public ElementFilter {
 public:
  using ElementFilter::ElementFilter;
  std::string_view name() const override { return "astype"; }
  json::object configuration(Dialect dialect) const override {
    return {{"encode_dtype", type_json(encoded(), dialect)}, {"decode_dtype", type_json(content(), dialect)}};
  }

 protected:
  void encode_elements(ByteView from, MutableByteView to) const override {
    convert_types(content(), from, encoded(), to);
  }
  void decode_elements(ByteView from, MutableByteView to) const override {
    convert_types(encoded(), from, content(), to);
  }
};

// Rounds to so many decimal digits, by bits; nothing to undo but the type.
class Quantize final : public ElementFilter {
 public:
  Quantize(ElementTypes types, int digits) : ElementFilter(types), digits_(digits) {}
  std::string_view name() const override { return "quantize"; }
  json::object configuration(Dialect dialect) const override {
    json::object settings = types_json(dialect);
    settings["digits"] = digits_;
    return settings;
  }

 protected:
  void encode_elements(ByteView from, MutableByteView to) const override {
    const DType type = content().dtype;
    const double exponent = std::log10(std::pow(10.0, -digits_));
    const double bits =
        std::ceil(std::log2(std::pow(10.0, -(exponent < 0 ? std::floor(exponent) : std::ceil(exponent)))));
    const double scale = rounded_to(type, std::exp2(bits));
    convert<double>(content(), from, encoded(), to, [&](double number) {
      return rounded_to(type, std::nearbyint(rounded_to(type, scale * number)) / scale);
    });
  }
  void decode_elements(ByteView from, MutableByteView to) const override {
    convert_types(encoded(), from, content(), to);
  }

 private:
  int digits_;
};

}  // namespace

std::shared_ptr<const Codec> make_delta(ElementTypes types) {
  return std::make_shared<Delta>(types);
}

std::shared_ptr<const Codec> make_fixed_scale_offset(ElementTypes types, Factor offset, Factor scale) {
  return std::make_shared<FixedScaleOffset>(types, std::move(offset), std::move(scale));
}

std::shared_ptr<const Codec> make_as_type(ElementTypes types) {
  return std::make_shared<AsType>(types);
}

std::shared_ptr<const Codec> make_quantize(ElementTypes types, int digits) {
  return std::make_shared<Quantize>(types, digits);
}

}  // namespace chunkmark::codec
