// ArraySource: an array from a file of the user, for `h5 commit`: .npy, raw binary, a CSV of numbers, a dataset of an
// HDF5 file (FILE.h5:/PATH, or FILE.h5:VERSION:/PATH of a versioned one).
//
// Owns what it read, or the mapping of the file: source() is a view of it. Not thread-safe. Errors: kNotFound, kIo,
// kInvalidArgument, kUnsupported, naming the file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/os/files.h"
#include "storage/array/view.h"
#include "storage/hdf5/header_writer.h"

namespace chunkmark::cli {

struct RawLayout {
  std::string dtype;                 // NumPy's name; needed for raw binary
  std::vector<std::uint64_t> shape;  // empty: one axis, as long as the file
};

class ArraySource {
 public:
  ArraySource(const std::string& name, const RawLayout& raw);

  const hdf5::Bytes& type_message() const { return type_; }
  const array::Shape& shape() const { return shape_; }
  bool has_strings() const { return is_strings_; }
  const std::vector<std::string>& strings() const { return strings_; }
  array::Source source() const;
  // Its own chunks, where it has any.
  const array::Shape& chunk() const { return chunk_; }

 private:
  void load_npy(const std::string& path);
  void load_raw(const std::string& path, const RawLayout& raw);
  void load_csv(const std::string& path);
  void load_hdf5(const std::string& path, const std::string& version, const std::string& dataset);

  hdf5::Bytes type_;
  std::uint32_t element_bytes_ = 0;
  array::Shape shape_, chunk_;
  array::Strides strides_;
  std::unique_ptr<os::MappedFile> mapped_;
  std::vector<std::byte> owned_;
  const std::byte* data_ = nullptr;
  bool is_strings_ = false;
  std::vector<std::string> strings_;
};

// "4096", "2,3". Errors: kInvalidArgument, naming `option`.
array::Shape parse_extents(const std::string& text, const char* option);

}  // namespace chunkmark::cli
