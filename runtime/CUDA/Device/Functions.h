//===- Functions.h - elementary functions in double precision -------------===//
//
// What generated kernels call where no instruction computes a function. Special
// values are those of C's functions; errors, in units of the last place, are in
// the table and held to by test/CUDA/Functions. Results below the least normal
// number may be zero. Functions of floats are those of doubles, rounded, and so
// off by little more than half a unit.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_FUNCTIONS_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_FUNCTIONS_H

#include "Device.h"

/// One after another: name, which is that of C and of MLIR's dialect `math`
/// (with f where there are several types), number of arguments, largest error.
#define STEEPEST_FUNCTIONS(STEEPEST_FUNCTION)                                  \
  STEEPEST_FUNCTION(acos, 1, 3)                                                \
  STEEPEST_FUNCTION(acosh, 1, 4)                                               \
  STEEPEST_FUNCTION(asin, 1, 3)                                                \
  STEEPEST_FUNCTION(asinh, 1, 4)                                               \
  STEEPEST_FUNCTION(atan, 1, 2)                                                \
  STEEPEST_FUNCTION(atan2, 2, 3)                                               \
  STEEPEST_FUNCTION(atanh, 1, 4)                                               \
  STEEPEST_FUNCTION(cbrt, 1, 2)                                                \
  STEEPEST_FUNCTION(cos, 1, 2)                                                 \
  STEEPEST_FUNCTION(cosh, 1, 3)                                                \
  STEEPEST_FUNCTION(erf, 1, 8)                                                 \
  STEEPEST_FUNCTION(erfc, 1, 16)                                               \
  STEEPEST_FUNCTION(exp, 1, 2)                                                 \
  STEEPEST_FUNCTION(exp2, 1, 2)                                                \
  STEEPEST_FUNCTION(expm1, 1, 4)                                               \
  STEEPEST_FUNCTION(log, 1, 1)                                                 \
  STEEPEST_FUNCTION(log10, 1, 1)                                               \
  STEEPEST_FUNCTION(log1p, 1, 2)                                               \
  STEEPEST_FUNCTION(log2, 1, 1)                                                \
  STEEPEST_FUNCTION(pow, 2, 8)                                                 \
  STEEPEST_FUNCTION(sin, 1, 2)                                                 \
  STEEPEST_FUNCTION(sinh, 1, 5)                                                \
  STEEPEST_FUNCTION(tan, 1, 4)                                                 \
  STEEPEST_FUNCTION(tanh, 1, 5)

#define STEEPEST_FUNCTION_ARGUMENTS_1 double x
#define STEEPEST_FUNCTION_ARGUMENTS_2 double x, double y

/// Once in a program, however often a kernel calls it.
#if defined(STEEPEST_SM_MODEL)
#define STEEPEST_CALLED STEEPEST_ENTRY
#elif defined(__CUDACC__)
#define STEEPEST_CALLED static __device__ __noinline__ __attribute__((unused))
#else
#define STEEPEST_CALLED __attribute__((noinline))
#endif

extern "C" {

#define STEEPEST_FUNCTION(name, count, error)                                  \
  STEEPEST_CALLED double steepest_math_##name(                                 \
      STEEPEST_FUNCTION_ARGUMENTS_##count);
STEEPEST_FUNCTIONS(STEEPEST_FUNCTION)
#undef STEEPEST_FUNCTION

} // extern "C"

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_FUNCTIONS_H
