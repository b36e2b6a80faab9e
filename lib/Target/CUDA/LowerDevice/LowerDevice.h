//===- LowerDevice.h - from device code to NVVM -----------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_LOWERDEVICE_H
#define STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_LOWERDEVICE_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CUDA/LowerDevice/LowerDevice.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_LOWERDEVICE_H
