#include "native/c/boundary.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/json_members.h"

namespace chunkmark::c {

namespace {

thread_local std::string last_error;

chunkmark_status failed(chunkmark_status status, const char* message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
  return status;
}

chunkmark_status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return CHUNKMARK_NOT_FOUND;
    case ErrorCode::kConflict:
      return CHUNKMARK_CONFLICT;
    case ErrorCode::kCorrupt:
      return CHUNKMARK_CORRUPT;
    case ErrorCode::kUnsupported:
      return CHUNKMARK_UNSUPPORTED;
    case ErrorCode::kInvalidArgument:
      return CHUNKMARK_INVALID_ARGUMENT;
    case ErrorCode::kIo:
      return CHUNKMARK_IO;
    case ErrorCode::kUnavailable:
      return CHUNKMARK_UNAVAILABLE;
    case ErrorCode::kCancelled:
      return CHUNKMARK_CANCELLED;
  }
  return CHUNKMARK_IO;
}

}  // namespace

chunkmark_status guarded(const std::function<void()>& work) noexcept {
  try {
    work();
    return CHUNKMARK_OK;
  } catch (const Error& error) {
    return failed(status_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return failed(CHUNKMARK_OUT_OF_MEMORY, "not enough memory");
  } catch (const std::exception& error) {
    return failed(CHUNKMARK_IO, error.what());
  } catch (...) {
    return failed(CHUNKMARK_IO, "an error that is not known");
  }
}

void invalid(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

char* given_text(std::string_view text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

Options::Options(const char* text, std::string name, std::initializer_list<std::string_view> known)
    : name_(std::move(name)) {
  if (text == nullptr || *text == '\0') return;
  try {
    object_ = as_object(parse_json(text, name_), "options", name_);
  } catch (const Error& error) {
    invalid(error.what());
  }
  for (const auto& [key, value] : object_) {
    if (std::find(known.begin(), known.end(), std::string_view(key)) != known.end()) continue;
    std::string expected;
    for (const std::string_view word : known) expected += (expected.empty() ? "" : ", ") + std::string(word);
    invalid(name_ + ": expected some of " + expected + ", found " + std::string(key));
  }
}

const json::value& Options::at(std::string_view key) const {
  if (const json::value* value = find(key)) return *value;
  invalid(name_ + ": expected \"" + std::string(key) + "\", found none");
}

void Options::refuse(std::string_view key, const char* expected, const json::value& found) const {
  invalid(name_ + ": expected " + expected + " for " + std::string(key) + ", found " + excerpt(found));
}

std::string Options::text_or(std::string_view key, const std::string& otherwise) const {
  const json::value* value = find(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (!value->is_string()) refuse(key, "text", *value);
  return std::string(value->get_string());
}

double Options::number_or(std::string_view key, double otherwise) const {
  const json::value* value = find(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (!value->is_number()) refuse(key, "a number", *value);
  return value->to_number<double>();
}

bool Options::flag_or(std::string_view key, bool otherwise) const {
  const json::value* value = find(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (!value->is_bool()) refuse(key, "true or false", *value);
  return value->get_bool();
}

array::Shape Options::extents(std::string_view key) const {
  array::Shape shape;
  const json::value* value = find(key);
  if (value == nullptr || value->is_null()) return shape;
  if (!value->is_array()) refuse(key, "a list of extents", *value);
  for (const json::value& extent : value->get_array()) {
    if (!extent.is_int64() || extent.get_int64() < 0) refuse(key, "extents of at least 0", extent);
    shape.push_back(static_cast<std::uint64_t>(extent.get_int64()));
  }
  return shape;
}

array::Region region_of(const array::Shape& shape, const std::uint64_t* start, const std::uint64_t* extents) {
  array::Region region = array::whole(shape);
  if (start != nullptr) region.start.assign(start, start + shape.size());
  if (extents != nullptr) {
    region.shape.assign(extents, extents + shape.size());
    return region;
  }
  for (std::size_t i = 0; i < shape.size(); ++i) region.shape[i] -= std::min(region.start[i], shape[i]);
  return region;
}

}  // namespace chunkmark::c

extern "C" {

const char* chunkmark_version(void) {
  return CHUNKMARK_VERSION;
}

const char* chunkmark_error(void) {
  return chunkmark::c::last_error.c_str();
}

void chunkmark_text_free(char* text) {
  std::free(text);
}

}  // extern "C"
