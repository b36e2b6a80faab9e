//===- Inverse.h - partial fractions on a team of blocks --------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_INVERSE_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_INVERSE_H

#include "lib/Target/CUDA/EmitDevice/Team.h"

namespace steepest {

/// Replaces the rational function by a fill of the result and a call for each
/// pole; the function that adds a term is in the module once for each element
/// type. `header` and `slots` are those of the team. The scratch has
/// `buildDeviceRationalScratch` bytes.
void emitDeviceRational(kernel::RationalOp op, mlir::gpu::GPUModuleOp module,
                        mlir::Value header, mlir::Value slots);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_INVERSE_H
