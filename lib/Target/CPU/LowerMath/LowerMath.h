//===- LowerMath.h - the pass that keeps functions exact --------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_LOWERMATH_LOWERMATH_H
#define STEEPEST_LIB_TARGET_CPU_LOWERMATH_LOWERMATH_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/LowerMath/LowerMath.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_LOWERMATH_LOWERMATH_H
