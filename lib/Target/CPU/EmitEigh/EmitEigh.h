//===- EmitEigh.h - the pass that emits eigen-problems ----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITEIGH_EMITEIGH_H
#define STEEPEST_LIB_TARGET_CPU_EMITEIGH_EMITEIGH_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/EmitEigh/EmitEigh.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_EMITEIGH_EMITEIGH_H
