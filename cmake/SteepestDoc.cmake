# `ninja steepest-doc` writes the reference of dialects, interfaces and passes
# into docs/reference of the build tree. docs/reference.md says what is in it.

include_guard(GLOBAL)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

list(TRANSFORM MLIR_INCLUDE_DIRS PREPEND --include= OUTPUT_VARIABLE includes)
add_custom_target(steepest-doc
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/write-reference.py
    --tools=${LLVM_TOOLS_BINARY_DIR} ${includes}
    --output=${PROJECT_BINARY_DIR}/docs/reference
  VERBATIM
  COMMENT "Writing the reference")
