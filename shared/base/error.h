// Error: the one exception type of Chunkmark.
//
// A message names the object, what was expected and what was found, in one line that can be shown to a user:
//   throw Error(ErrorCode::kCorrupt, "chunk c/3/1: blosc header says 100000016 bytes, the object has 73");
// Shared code throws it; the boundaries (CLI, HTTP, JavaScript) translate it. It never passes through C frames.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace chunkmark {

enum class ErrorCode {
  kNotFound,
  kConflict,
  kCorrupt,
  kUnsupported,
  kInvalidArgument,
  kIo,
  kUnavailable,
  kCancelled,
};

// The code as front ends show it: "not_found", "corrupt" ...
std::string_view error_code_name(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace chunkmark
