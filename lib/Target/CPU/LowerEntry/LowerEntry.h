//===- LowerEntry.h - the pass that makes C functions --------- -*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_LOWERENTRY_LOWERENTRY_H
#define STEEPEST_LIB_TARGET_CPU_LOWERENTRY_LOWERENTRY_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/LowerEntry/LowerEntry.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_LOWERENTRY_LOWERENTRY_H
