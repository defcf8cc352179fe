// Half precision: all of its 65,536 values, and what lies between them.
#include "storage/array/float16.h"

#include "unit/catch.h"

namespace chunkmark::array {
namespace {

TEST_CASE("values and their bits") {
  struct Row {
    double value;
    std::uint16_t bits;
  };
  for (const Row& row : {Row{0.0, 0x0000}, Row{-0.0, 0x8000}, Row{1.0, 0x3c00}, Row{-2.0, 0xc000}, Row{65504.0, 0x7bff},
                         Row{HUGE_VAL, 0x7c00}, Row{-HUGE_VAL, 0xfc00}, Row{0x1p-14, 0x0400}, Row{0x1p-24, 0x0001},
                         Row{1023 * 0x1p-24, 0x03ff}, Row{1.0 / 3, 0x3555}}) {
    CAPTURE(row.value);
    CHECK(float16_bits(row.value) == row.bits);
  }
}

TEST_CASE("what lies between two halves goes to the nearest, ties to even, and beyond the largest to infinity") {
  struct Row {
    double value;
    std::uint16_t bits;
  };
  for (const Row& row :
       {Row{1 + 0x1p-11, 0x3c00}, Row{1 + 3 * 0x1p-11, 0x3c02}, Row{1 + 0x1.1p-11, 0x3c01}, Row{0x1p-25, 0x0000},
        Row{0x1.1p-25, 0x0001}, Row{3 * 0x1p-25, 0x0002}, Row{1023.5 * 0x1p-24, 0x0400}, Row{2047.5 * 0x1p-24, 0x0800},
        Row{1e-300, 0x0000}, Row{65519.99, 0x7bff}, Row{65520.0, 0x7c00}, Row{1e300, 0x7c00}, Row{-1e300, 0xfc00}}) {
    CAPTURE(row.value);
    CHECK(float16_bits(row.value) == row.bits);
  }
}

TEST_CASE("every half reads back as itself, and they are in order") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const double value = float16_value(half);
    if ((bits & 0x7fff) > 0x7c00) {
      REQUIRE(std::isnan(value));
      REQUIRE(std::isnan(float16_value(float16_bits(value))));
      continue;
    }
    REQUIRE(float16_bits(value) == half);
    if (bits > 0 && bits <= 0x7c00) REQUIRE(value > float16_value(static_cast<std::uint16_t>(bits - 1)));
  }
}

}  // namespace
}  // namespace chunkmark::array
