// CopyCase: one cell of the copy study: which array is stored where, in which format, by which engine.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "storage/array/dtype.h"
#include "storage/array/shape.h"

namespace chunkmark::study {

struct CopyCase {
  std::string operation = "write";  // write, read; read_chunks: chunk by chunk, each by a call of its own
  std::string filesystem = "local";
  std::string engine = "chunkmark";
  std::string format = "zarr3";  // zarr2, zarr3
  std::string codec = "none";
  std::string data = "random";  // random, smooth
  array::DType dtype = {array::Kind::kFloat, 4};
  array::Shape shape = {5000, 5000};
  array::Shape chunk_shape = {5000, 5000};
  array::Shape shard_shape;  // empty: no shards

  std::uint64_t array_bytes() const;
  // "write-local-zarr3-none-chunkmark": names the capture and the report.
  std::string name() const;
};

// Round trip through JSON: how a case travels to the process that runs it. Errors: kInvalidArgument.
json::object to_json(const CopyCase& copy_case);
CopyCase copy_case_from_json(const json::value& value);

}  // namespace chunkmark::study
