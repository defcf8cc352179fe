# The Debian package (`./dev deb`): what `cmake --install` makes, below /usr, for the distribution that it was built on.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # the tests are not in it
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The developers of Chunkmark <chunkmark@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "count the copies that storing an array takes")
set(CPACK_PACKAGE_DESCRIPTION
    "Traces any program, shows which buffers it held besides the array and who made them, and stores Zarr arrays and versioned HDF5 files without any.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS python3-venv) # for the engines that the studies compare with
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-numpy")
# CPACK_STRIP_FILES leaves archives as they are, nine tenths of them what debuggers read.
file(WRITE "${CMAKE_BINARY_DIR}/strip_archives.cmake" [[
file(GLOB_RECURSE archives "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*.a")
execute_process(COMMAND strip --strip-debug ${archives} COMMAND_ERROR_IS_FATAL ANY)
]])
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_BINARY_DIR}/strip_archives.cmake")
include(CPack)
