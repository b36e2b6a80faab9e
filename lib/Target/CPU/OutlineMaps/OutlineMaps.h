//===- OutlineMaps.h - the pass that shares maps ----------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_OUTLINEMAPS_OUTLINEMAPS_H
#define STEEPEST_LIB_TARGET_CPU_OUTLINEMAPS_OUTLINEMAPS_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/OutlineMaps/OutlineMaps.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_OUTLINEMAPS_OUTLINEMAPS_H
