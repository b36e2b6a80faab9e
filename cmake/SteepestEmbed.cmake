# Text files as part of a library.
#
# steepest_embed_text(target file...)
#   For each file F of the current folder generates F.inc, one raw string
#   literal, in the matching folder of the build tree:
#
#     static const char text[] =
#     #include "lib/.../F.inc"
#         ;

if(CMAKE_SCRIPT_MODE_FILE)
  # Run as a script at build time: cmake -DINPUT=F -DOUTPUT=F.inc -P this.
  file(READ ${INPUT} text)
  string(FIND "${text}" ")text\"" closing)
  if(NOT closing EQUAL -1)
    message(FATAL_ERROR "${INPUT} contains the end of a raw string literal")
  endif()
  file(WRITE ${OUTPUT} "R\"text(${text})text\"\n")
  return()
endif()

include_guard(GLOBAL)
set(STEEPEST_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE} CACHE INTERNAL "")

function(steepest_embed_text target)
  foreach(file IN LISTS ARGN)
    set(input ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${file}.inc)
    add_custom_command(
      OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -P ${STEEPEST_EMBED_SCRIPT}
      DEPENDS ${input} ${STEEPEST_EMBED_SCRIPT}
      COMMENT "Embedding ${file}"
      VERBATIM)
    target_sources(${target} PRIVATE ${output})
  endforeach()
endfunction()
