# How our own compiler libraries and tools are made.
#
# Everything links the shared libMLIR and libLLVM (never the archives beside
# them: two copies of MLIR in one process disagree about type ids).

include_guard(GLOBAL)
include(AddMLIR)

# TableGen takes its include path from the directory.
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR})

set(STEEPEST_COMPILER_OPTIONS -Wall -Wextra -Wno-unused-parameter)

# One precompiled header for all compiler sources: MLIR's headers are most of
# the compile time.
add_library(SteepestPrecompiled STATIC ${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp)
target_include_directories(SteepestPrecompiled SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_compile_options(SteepestPrecompiled PRIVATE ${STEEPEST_COMPILER_OPTIONS})
target_precompile_headers(SteepestPrecompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/Precompiled.h)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Lets ccache share objects between trees.
  target_compile_options(SteepestPrecompiled PUBLIC "SHELL:-Xclang -fno-pch-timestamp")
endif()

function(steepest_configure_target name)
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>)
  target_include_directories(${name} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_options(${name} PRIVATE ${STEEPEST_COMPILER_OPTIONS})
  target_precompile_headers(${name} REUSE_FROM SteepestPrecompiled)
  # Executables would be -fPIE, which cannot share the precompiled header.
  target_compile_options(${name} PRIVATE -fPIC)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# steepest_add_library(Name source... [LINK library...] [TABLEGEN target...])
function(steepest_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK;TABLEGEN" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  steepest_configure_target(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(ARG_TABLEGEN)
    add_dependencies(${name} ${ARG_TABLEGEN})
  endif()
endfunction()

# steepest_add_tool(name source... [LINK library...])
function(steepest_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  steepest_configure_target(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
endfunction()

# Around mlir_tablegen lines: the file they read, and the target that runs them.
# Outputs land in the matching folder of the build tree, so that they are included
# by the same root-relative path as a source header.
macro(steepest_tablegen_begin td)
  set(LLVM_TARGET_DEFINITIONS ${td})
endmacro()
function(steepest_tablegen_target target)
  add_custom_target(${target} DEPENDS ${TABLEGEN_OUTPUT})
endfunction()
