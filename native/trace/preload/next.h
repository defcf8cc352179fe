// NEXT(read)(file, buffer, count): the function behind the hook, which is the next one of its name in the loader's
// order (the C library's, or that of another preloaded library). Looked up at the first call.
#pragma once

#include <dlfcn.h>

#define NEXT(function)                                                              \
  ([]() -> decltype(&::function) {                                                  \
    static decltype(&::function) cached;                                            \
    auto* found = __atomic_load_n(&cached, __ATOMIC_RELAXED);                       \
    if (__builtin_expect(found == nullptr, 0)) {                                    \
      found = reinterpret_cast<decltype(&::function)>(dlsym(RTLD_NEXT, #function)); \
      __atomic_store_n(&cached, found, __ATOMIC_RELAXED);                           \
    }                                                                               \
    return found;                                                                   \
  }())

// A function that stands before one of the same name.
#define CHUNKMARK_HOOK extern "C" __attribute__((visibility("default")))
