//===- EmitDevice.h - the pass that emits device code -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EMITDEVICE_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EMITDEVICE_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CUDA/EmitDevice/EmitDevice.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EMITDEVICE_H
