// Marks of this program in the capture that is made of it, if one is.
#pragma once

// Set by the tracer, absent outside it.
extern "C" void chunkmark_mark(const char* name) __attribute__((weak));

namespace chunkmark::native_study {

inline void set_mark(const char* name) {
  if (chunkmark_mark != nullptr) chunkmark_mark(name);
}

}  // namespace chunkmark::native_study
