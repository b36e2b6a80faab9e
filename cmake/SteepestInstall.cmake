# The installed tree: tools, runtime, C header, and the package that
# find_package(Steepest) finds. The runtime installs itself (runtime/), into the
# same export set.

include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/Steepest)
foreach(tool IN ITEMS
    steepest-lsp-server steepest-opt steepest-run steepestc)
  if(TARGET ${tool})
    # By the name that it has in the installed package.
    add_executable(Steepest::${tool} ALIAS ${tool})
    install(TARGETS ${tool}
      EXPORT SteepestTargets
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(EXPORT SteepestTargets NAMESPACE Steepest:: DESTINATION ${folder})
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/SteepestConfig.cmake.in
  ${PROJECT_BINARY_DIR}/SteepestConfig.cmake
  INSTALL_DESTINATION ${folder}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/SteepestConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(
  FILES
    ${PROJECT_BINARY_DIR}/SteepestConfig.cmake
    ${PROJECT_BINARY_DIR}/SteepestConfigVersion.cmake
    ${CMAKE_CURRENT_LIST_DIR}/SteepestAddOptimizer.cmake
  DESTINATION ${folder})
