# The runtime of a sanitized tree, once more without sanitizers: steepestc puts
# libsteepest.a into the libraries that it links, and these are loaded by
# programs that know nothing of sanitizers. It stays where the driver looks for
# it, beside the tools; what our own programs link moves to a folder of its own.

include_guard(GLOBAL)

set_target_properties(SteepestRuntime SteepestRuntimeShared PROPERTIES
  ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/sanitized
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/sanitized)

get_target_property(folder SteepestRuntimeObjects SOURCE_DIR)
get_target_property(sources SteepestRuntimeObjects SOURCES)
get_target_property(options SteepestRuntimeObjects COMPILE_OPTIONS)
list(TRANSFORM sources PREPEND ${folder}/)
add_library(SteepestRuntimePlain STATIC ${sources})
set_target_properties(SteepestRuntimePlain PROPERTIES
  OUTPUT_NAME steepest
  CXX_VISIBILITY_PRESET hidden
  VISIBILITY_INLINES_HIDDEN ON)
# The options of the objects already hold those of the folder.
set_property(TARGET SteepestRuntimePlain PROPERTY COMPILE_OPTIONS ${options})
target_compile_options(SteepestRuntimePlain PRIVATE -fno-sanitize=all)
