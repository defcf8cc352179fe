// A Zarr metadata document: parsing refuses or gives metadata whose own document says the same.
#include <cstdlib>

#include "fuzz.h"
#include "zarr/metadata.h"

using namespace chunkmark;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const zarr::ArrayMetadata metadata = zarr::parse_v3(fuzz::text(data, size), "input");
    const std::string document = zarr::document_v3(metadata);
    if (zarr::document_v3(zarr::parse_v3(document, "printed")) != document) std::abort();
    zarr::chunk_key(metadata, array::Shape(metadata.shape.size()));
  } catch (const Error& error) {
    const bool is_no_array = error.code() == ErrorCode::kNotFound;
    if (!is_no_array && !fuzz::is_refusal(error)) throw;
  }
  return 0;
}
