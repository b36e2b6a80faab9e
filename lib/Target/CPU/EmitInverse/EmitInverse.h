//===- EmitInverse.h - the pass that emits inverses -------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITINVERSE_EMITINVERSE_H
#define STEEPEST_LIB_TARGET_CPU_EMITINVERSE_EMITINVERSE_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/EmitInverse/EmitInverse.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_EMITINVERSE_EMITINVERSE_H
