# Compiling specs as part of a build, in Steepest's own tree and in projects that
# say find_package(Steepest).

include_guard(GLOBAL)

# steepest_add_optimizer(target spec.mlir [NAME name] [TARGET_CPU cpu]
#                        [OPTIONS option...])
#
# Runs steepestc when `spec.mlir` changes and adds the object to `target`, which
# can then include the header "name.h" declaring `steepest_<optimizer>()`.
#   NAME        stem of the header and the object (default: that of the spec)
#   TARGET_CPU  passed as --target-cpu
#   OPTIONS     passed to steepestc as they are
# A target may have the same spec for a CPU and for GPUs: the latter with
# `NAME muon_cuda OPTIONS --target=cuda --suffix=_cuda` is steepest_muon_cuda().
# What STEEPEST_COMPILER_LAUNCHER holds is put before the compiler's name.
# Call it in the folder that made `target`: CMake ties generated files to it.
function(steepest_add_optimizer target spec)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "NAME;TARGET_CPU" "OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS OR ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "steepest_add_optimizer: expects (target spec.mlir "
      "[NAME name] [TARGET_CPU cpu] [OPTIONS option...]), got '${ARGN}'")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "steepest_add_optimizer: no target '${target}'")
  endif()
  cmake_path(ABSOLUTE_PATH spec NORMALIZE)
  if(NOT EXISTS ${spec})
    message(FATAL_ERROR "steepest_add_optimizer: no file '${spec}'")
  endif()
  if(NOT ARG_NAME)
    cmake_path(GET spec STEM ARG_NAME)
  endif()
  set(options ${ARG_OPTIONS})
  if(ARG_TARGET_CPU)
    list(APPEND options --target-cpu=${ARG_TARGET_CPU})
  endif()

  # CMake replaces a target by its file only where it is the command itself.
  set(compiler Steepest::steepestc)
  if(STEEPEST_COMPILER_LAUNCHER)
    set(compiler ${STEEPEST_COMPILER_LAUNCHER} $<TARGET_FILE:Steepest::steepestc>)
  endif()

  # A folder per target: two targets may compile the same spec differently.
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/steepest/${target})
  set(object ${folder}/${ARG_NAME}.o)
  set(header ${folder}/${ARG_NAME}.h)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${object} ${header}
    COMMAND ${compiler} ${spec} ${options} -o ${object}
    COMMAND ${compiler} ${spec} ${options} --emit=header -o ${header}
    DEPENDS ${spec} Steepest::steepestc
    COMMENT "Compiling the optimizer ${ARG_NAME}"
    VERBATIM)
  set_source_files_properties(${object} PROPERTIES
    EXTERNAL_OBJECT ON GENERATED ON)
  target_sources(${target} PRIVATE ${object} ${header})
  target_include_directories(${target} PRIVATE ${folder})
  target_link_libraries(${target} PRIVATE Steepest::runtime)

  # Only some methods solve eigen-problems, by LAPACK: it is offered to the
  # linker and becomes a dependency where the object asks for it.
  find_library(STEEPEST_LAPACK NAMES lapack openblas)
  if(STEEPEST_LAPACK)
    target_link_libraries(${target} PRIVATE
      -Wl,--push-state,--as-needed ${STEEPEST_LAPACK} -Wl,--pop-state)
  endif()
endfunction()
