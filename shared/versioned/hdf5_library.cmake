# HDF5's C library as the target hdf5::hdf5: for the build, and for those who find the installed package, which has this
# file too. CMake's own search compiles a program in C, which fails in a project of C++ alone.
if(NOT TARGET hdf5::hdf5)
  find_path(HDF5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial)
  find_library(HDF5_LIBRARY NAMES hdf5_serial hdf5)
  if(HDF5_INCLUDE AND HDF5_LIBRARY)
    add_library(hdf5::hdf5 UNKNOWN IMPORTED GLOBAL)
    set_target_properties(hdf5::hdf5 PROPERTIES IMPORTED_LOCATION "${HDF5_LIBRARY}"
                                                INTERFACE_INCLUDE_DIRECTORIES "${HDF5_INCLUDE}")
  endif()
endif()
