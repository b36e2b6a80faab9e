//===- Eigen.h - eigen-decompositions on a team of blocks -------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EIGEN_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EIGEN_H

#include "lib/Target/CUDA/EmitDevice/Team.h"

namespace steepest {

/// Replaces the decomposition by a call of a function of the module, one for
/// each element type, with and without vectors. `header` and `slots` are those
/// of the team. The scratch has `buildDeviceEighScratch` bytes.
mlir::LogicalResult emitDeviceEigh(kernel::EighOp op,
                                   mlir::gpu::GPUModuleOp module,
                                   mlir::Value header, mlir::Value slots);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_EIGEN_H
