#include "native/c/array_handle.h"

using namespace chunkmark;
using c::guarded;

void chunkmark_array::refuse(const char* what) const {
  throw Error(ErrorCode::kUnsupported, name() + ": cannot be " + what);
}

void chunkmark_array::write(const array::Region&, const array::Source&) {
  refuse("written: it is of a version; stage a new one");
}

void chunkmark_array::write_strings(const array::Region&, const std::vector<std::string>&) {
  refuse("written: it is of a version; stage a new one");
}

void chunkmark_array::resize(const array::Shape&) {
  refuse("resized: only datasets of a stage can");
}

void chunkmark_array::write_elements(std::size_t, const std::uint64_t*, const std::byte*) {
  refuse("written by single elements: only datasets of a stage can");
}

void chunkmark_array::describe(array::Shape shape, array::DType dtype, const json::value& type) {
  shape_ = std::move(shape);
  dtype_ = dtype;
  numpy_name_ = type.is_string() ? std::string(type.get_string()) : json::serialize(type);
}

extern "C" {

void chunkmark_array_free(chunkmark_array* array) {
  delete array;
}

size_t chunkmark_array_rank(const chunkmark_array* array) {
  return array->shape().size();
}

const uint64_t* chunkmark_array_shape(const chunkmark_array* array) {
  return array->shape().data();
}

const char* chunkmark_array_dtype(const chunkmark_array* array) {
  return array->numpy_name().c_str();
}

size_t chunkmark_array_item_bytes(const chunkmark_array* array) {
  return array->dtype().item_bytes;
}

chunkmark_status chunkmark_array_info(chunkmark_array* array, char** json) {
  *json = nullptr;
  return guarded([&] { *json = c::given_json(array->info()); });
}

chunkmark_status chunkmark_array_read(chunkmark_array* array, const uint64_t* start, const uint64_t* extents,
                                      void* data, const int64_t* strides) {
  return guarded([&] {
    const array::Region region = c::region_of(array->shape(), start, extents);
    array->read(region, c::view_of(static_cast<std::byte*>(data), array->dtype(), region.shape, strides));
  });
}

chunkmark_status chunkmark_array_write(chunkmark_array* array, const uint64_t* start, const uint64_t* extents,
                                       const void* data, const int64_t* strides) {
  return guarded([&] {
    const array::Region region = c::region_of(array->shape(), start, extents);
    array->write(region, c::view_of(static_cast<const std::byte*>(data), array->dtype(), region.shape, strides));
  });
}

chunkmark_status chunkmark_array_read_strings(chunkmark_array* array, const uint64_t* start, const uint64_t* extents,
                                              chunkmark_found_string found, void* context) {
  return guarded([&] {
    array->read_strings(c::region_of(array->shape(), start, extents),
                        [&](std::string_view text) { found(context, text.data(), text.size()); });
  });
}

chunkmark_status chunkmark_array_write_strings(chunkmark_array* array, const uint64_t* start, const uint64_t* extents,
                                               const char* const* texts, const size_t* bytes) {
  return guarded([&] {
    const array::Region region = c::region_of(array->shape(), start, extents);
    array::check_region(region, array->shape(), "box of strings");  // before as many as it says are read
    std::vector<std::string> strings;
    for (std::size_t i = 0; i < array::element_count(region.shape); ++i) strings.emplace_back(texts[i], bytes[i]);
    array->write_strings(region, strings);
  });
}

chunkmark_status chunkmark_array_resize(chunkmark_array* array, const uint64_t* shape) {
  return guarded([&] { array->resize(array::Shape(shape, shape + array->shape().size())); });
}

chunkmark_status chunkmark_array_write_elements(chunkmark_array* array, size_t count, const uint64_t* positions,
                                                const void* data) {
  return guarded([&] { array->write_elements(count, positions, static_cast<const std::byte*>(data)); });
}

}  // extern "C"
