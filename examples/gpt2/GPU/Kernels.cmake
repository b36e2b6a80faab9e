# The kernels as PTX, and that as an array of a C file.

if(CMAKE_SCRIPT_MODE_FILE)
  # Run as a script at build time: cmake -DINPUT=F.ptx -DOUTPUT=F.c -P this.
  file(READ ${INPUT} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(WRITE ${OUTPUT} "const unsigned char gpt2_kernels[] = {${bytes}0};\n")
  return()
endif()

# PTX for sm_80 is what all later GPUs take, too: the driver translates it.
function(gpt2_add_kernels target)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/GPU/Kernels.cpp)
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/GPU/Kernels.cmake)
  set(ptx ${CMAKE_CURRENT_BINARY_DIR}/Kernels.ptx)
  set(array ${CMAKE_CURRENT_BINARY_DIR}/Kernels.c)
  # Of the installed headers, or of Steepest's own tree.
  set(includes
    $<TARGET_PROPERTY:Steepest::runtime,INTERFACE_INCLUDE_DIRECTORIES>)
  add_custom_command(OUTPUT ${array} BYPRODUCTS ${ptx}
    COMMAND ${GPT2_DEVICE_CLANG} -target nvptx64-nvidia-cuda -march=sm_80
      -nogpulib -ffreestanding -std=c++17 -O3 -fomit-frame-pointer
      -ffp-contract=off -Wall -Wextra -Werror "-I$<JOIN:${includes},;-I>"
      -MD -MT ${array} -MF ${array}.d -S ${source} -o ${ptx}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${ptx} -DOUTPUT=${array} -P ${script}
    DEPENDS ${source} ${script} DEPFILE ${array}.d
    COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Compiling the kernels of ${target}")
  target_sources(${target} PRIVATE ${array})
endfunction()
