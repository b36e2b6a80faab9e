//===- Power.h - x to the power y in double precision -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_POWER_H
#define STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_POWER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace steepest {

/// The function (f64, f64) -> f64 of the module that computes powers, made at
/// the first call. Special values are those of C's pow; the error is below two
/// units in the last place where |y log x| < 16, and grows to 8 at the ends of
/// the range. Results below the least normal number are zero.
mlir::func::FuncOp getPowerFunction(mlir::gpu::GPUModuleOp module,
                                    mlir::Location loc);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_LOWERDEVICE_POWER_H
