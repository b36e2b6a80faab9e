//===- OutlineParallel.h - the pass that outlines tasks ------- -*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_OUTLINEPARALLEL_OUTLINEPARALLEL_H
#define STEEPEST_LIB_TARGET_CPU_OUTLINEPARALLEL_OUTLINEPARALLEL_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/OutlineParallel/OutlineParallel.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_OUTLINEPARALLEL_OUTLINEPARALLEL_H
