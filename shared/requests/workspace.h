// Workspace: what requests on stored arrays have open, by the numbers that the host gives them: files, or stores.
//
// The host adds an object (a browser's, memory) under a number of its own choosing and names it in requests; close()
// forgets it. Bytes never ride in JSON: a read leaves its elements in `result` until the next request. Owns all of it.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/executor.h"

namespace chunkmark::requests {

using Number = std::uint64_t;

// What a read gives.
class Result {
 public:
  // Memory for it, not cleared.
  MutableByteView make(std::size_t bytes);
  ByteView bytes() const { return {memory_.get(), bytes_}; }
  void drop();

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t bytes_ = 0;
};

template <class Object>
class Workspace {
 public:
  // `kind`: what error messages call an object.
  explicit Workspace(std::string kind) : kind_(std::move(kind)) {}

  void add(Number number, std::unique_ptr<Object> object) { objects_[number] = std::move(object); }
  void close(Number number) { objects_.erase(number); }

  // Errors: kNotFound for a number that nothing has.
  Object& at(Number number) const {
    const auto found = objects_.find(number);
    if (found != objects_.end()) return *found->second;
    throw Error(ErrorCode::kNotFound, kind_ + " " + std::to_string(number) + ": it is not open");
  }

  Executor& executor() { return executor_; }
  Result& result() { return result_; }

 private:
  std::string kind_;
  std::map<Number, std::unique_ptr<Object>> objects_;
  InlineExecutor executor_;
  Result result_;
};

}  // namespace chunkmark::requests
