# lzma is there where its library is; WebAssembly is built without it.
set(LZMA_LINK "")
if(NOT EMSCRIPTEN)
  find_library(LZMA_LIBRARY lzma REQUIRED)
  add_library(lzma UNKNOWN IMPORTED GLOBAL)
  set_target_properties(lzma PROPERTIES IMPORTED_LOCATION "${LZMA_LIBRARY}"
                                        INTERFACE_COMPILE_DEFINITIONS CHUNKMARK_HAS_LZMA)
  set(LZMA_LINK lzma)
endif()
