# HDF5's C library as the target hdf5::hdf5. CMake's own search knows neither Debian's names nor HDF5 2.x everywhere.
if(NOT TARGET hdf5::hdf5)
  find_path(HDF5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial)
  find_library(HDF5_LIBRARY NAMES hdf5_serial hdf5)
  if(HDF5_INCLUDE AND HDF5_LIBRARY)
    add_library(hdf5::hdf5 UNKNOWN IMPORTED GLOBAL)
    set_target_properties(hdf5::hdf5 PROPERTIES IMPORTED_LOCATION "${HDF5_LIBRARY}"
                                                INTERFACE_INCLUDE_DIRECTORIES "${HDF5_INCLUDE}")
  endif()
endif()
