// JSON from outside: parsing refuses or gives a value, and what is printed parses again (to the
// same value but for floating-point numbers: Boost.JSON 1.81 may read them one unit in the last place off).
#include "base/json.h"
#include "fuzz.h"

using namespace chunkmark;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const json::value value = parse_json(fuzz::text(data, size), "input");
    parse_json(json::serialize(value), "printed");
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
  return 0;
}
