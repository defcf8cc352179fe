// Pending: thrown by a reader whose bytes arrive by another way than its calls, as a page's fetch does.
//
// Whoever called lets what is missing come, and asks anew from the start. It is no Error, so that nobody who shows the
// errors of parts takes it for one.
#pragma once

#include <stdexcept>

namespace chunkmark::bytes {

class Pending : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace chunkmark::bytes
