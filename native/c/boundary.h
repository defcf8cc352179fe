// The boundary between C and C++: every function of chunkmark.h runs its work within guarded(), so that no exception
// passes through the caller's frames; and the small things that cross it. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "native/c/chunkmark.h"
#include "storage/array/view.h"

namespace chunkmark::c {

// What `work` throws becomes the status, and the text of chunkmark_error().
chunkmark_status guarded(const std::function<void()>& work) noexcept;

[[noreturn]] void invalid(const std::string& message);

// A copy that chunkmark_text_free() frees.
char* given_text(std::string_view text);
inline char* given_json(const json::value& value) {
  return given_text(json::serialize(value));
}

// Options as JSON; NULL and "": none. Errors: kInvalidArgument for no object, and for members that are not known.
class Options {
 public:
  Options(const char* text, std::string name, std::initializer_list<std::string_view> known);

  const json::value* find(std::string_view key) const { return object_.if_contains(key); }
  const json::value& at(std::string_view key) const;
  std::string text_or(std::string_view key, const std::string& otherwise) const;
  double number_or(std::string_view key, double otherwise) const;
  bool flag_or(std::string_view key, bool otherwise) const;
  array::Shape extents(std::string_view key) const;

 private:
  [[noreturn]] void refuse(std::string_view key, const char* expected, const json::value& found) const;

  std::string name_;
  json::object object_;
};

// NULL: from the origin; all behind that.
array::Region region_of(const array::Shape& shape, const std::uint64_t* start, const std::uint64_t* extents);

// NULL strides: dense.
template <typename Byte>
array::View<Byte> view_of(Byte* data, array::DType dtype, const array::Shape& shape, const std::int64_t* strides) {
  if (strides == nullptr) return array::View<Byte>::dense(data, dtype, shape);
  return {data, dtype, shape, array::Strides(strides, strides + shape.size())};
}

}  // namespace chunkmark::c
