//===- EmitMoves.h - the pass that emits moves ------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITMOVES_EMITMOVES_H
#define STEEPEST_LIB_TARGET_CPU_EMITMOVES_EMITMOVES_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/EmitMoves/EmitMoves.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_EMITMOVES_EMITMOVES_H
