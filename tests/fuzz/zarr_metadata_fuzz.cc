// A Zarr metadata document, with all that chains, shards and types say in it: parsing refuses or gives metadata whose
// own document is read, and says the same.
#include <cstdlib>

#include "fuzz.h"
#include "storage/zarr/metadata.h"

using namespace chunkmark;

namespace {

// The document of what was parsed must parse again, to the same.
template <typename Parse, typename Print>
void check_round_trip(std::string_view text, Parse parse, Print print) {
  std::string document;
  try {
    const zarr::ArrayMetadata metadata = parse(text, "input");
    zarr::chunk_key(metadata, array::Shape(metadata.shape.size()));
    document = print(metadata);
  } catch (const Error& error) {
    const bool is_no_array = error.code() == ErrorCode::kNotFound;
    if (!is_no_array && !fuzz::is_refusal(error)) throw;
    return;
  }
  if (print(parse(document, "printed")) != document) std::abort();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_round_trip(fuzz::text(data, size), zarr::parse_v3, zarr::document_v3);
  check_round_trip(fuzz::text(data, size), zarr::parse_v2, zarr::document_v2);
  return 0;
}
