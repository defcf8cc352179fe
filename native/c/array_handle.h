// chunkmark_array: what the functions on arrays are called on: an array of Zarr's, a dataset of a version, or one of a
// stage. Reading and writing are of boxes; what a kind cannot do is refused by name.
#pragma once

#include <string>
#include <vector>

#include "native/c/boundary.h"

struct chunkmark_array {
 public:
  virtual ~chunkmark_array() = default;

  // As of the last call that changed them.
  const chunkmark::array::Shape& shape() const { return shape_; }
  const chunkmark::array::DType& dtype() const { return dtype_; }
  const std::string& numpy_name() const { return numpy_name_; }

  virtual chunkmark::json::object info() = 0;
  virtual void read(const chunkmark::array::Region& region, const chunkmark::array::Dest& dest) = 0;
  virtual void write(const chunkmark::array::Region& region, const chunkmark::array::Source& source);
  using Found = std::function<void(std::string_view)>;
  virtual void read_strings(const chunkmark::array::Region& region, const Found& found) = 0;
  virtual void write_strings(const chunkmark::array::Region& region, const std::vector<std::string>& strings);
  virtual void resize(const chunkmark::array::Shape& shape);
  virtual void write_elements(std::size_t count, const std::uint64_t* positions, const std::byte* data);

 protected:
  // "array s3://bucket/t" and the like, for messages.
  virtual std::string name() const = 0;
  [[noreturn]] void refuse(const char* what) const;
  // NumPy's name: text as it is, descriptions as JSON.
  void describe(chunkmark::array::Shape shape, chunkmark::array::DType dtype, const chunkmark::json::value& type);

  chunkmark::array::Shape shape_;
  chunkmark::array::DType dtype_;
  std::string numpy_name_;
};
