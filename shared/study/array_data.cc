#include "study/array_data.h"

#include <cmath>
#include <string>

#include "base/error.h"

namespace chunkmark::study {

void fill_float32(MutableByteView out, std::string_view data, std::uint64_t seed) {
  if (data != "random" && data != "smooth") {
    throw Error(ErrorCode::kInvalidArgument, "data: expected random or smooth, found " + std::string(data));
  }
  std::uint64_t state = seed;
  for (std::size_t at = 0; at + sizeof(float) <= out.size(); at += sizeof(float)) {
    float value;
    if (data == "random") {  // SplitMix64, the top 24 bits: all that a float32 mantissa holds
      state += 0x9e3779b97f4a7c15u;
      std::uint64_t mixed = state;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
      mixed ^= mixed >> 31;
      value = static_cast<float>(mixed >> 40) * 0x1p-24f;
    } else {
      value = std::sin(static_cast<float>(at) * 1e-5f);
    }
    store_le(out.data() + at, value);
  }
}

}  // namespace chunkmark::study
