# gzip is decoded with ISA-L where it is. On x86-64 alone: before 2.32, its code for Arm refuses streams that are good
# (intel/isa-l issue 316).
set(GZIP_MEMBER_LINK "")
set(unused_gzip_member isal)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT EMSCRIPTEN)
  find_library(ISAL_LIBRARY isal)
  find_path(ISAL_INCLUDE isa-l/igzip_lib.h)
  if(ISAL_LIBRARY AND ISAL_INCLUDE)
    set(GZIP_MEMBER_LINK ${ISAL_LIBRARY})
    set(unused_gzip_member zlib)
  endif()
endif()
set_source_files_properties(codec/gzip_member_${unused_gzip_member}.cc PROPERTIES HEADER_FILE_ONLY ON)
