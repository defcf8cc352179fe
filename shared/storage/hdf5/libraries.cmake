# szip is decoded where its library is; HDF5 itself is built without it in places, and so is WebAssembly.
set(SZIP_LINK "")
if(NOT EMSCRIPTEN)
  find_library(SZIP_LIBRARY NAMES sz)
  find_path(SZIP_INCLUDE szlib.h)
endif()
if(SZIP_LIBRARY AND SZIP_INCLUDE)
  add_library(sz UNKNOWN IMPORTED GLOBAL)
  set_target_properties(sz PROPERTIES IMPORTED_LOCATION "${SZIP_LIBRARY}"
                                      INTERFACE_COMPILE_DEFINITIONS CHUNKMARK_HAS_SZIP)
  set(SZIP_LINK sz)
endif()
