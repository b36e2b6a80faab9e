//===- EmitMaps.h - the pass that emits maps --------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITMAPS_EMITMAPS_H
#define STEEPEST_LIB_TARGET_CPU_EMITMAPS_EMITMAPS_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/EmitMaps/EmitMaps.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_EMITMAPS_EMITMAPS_H
