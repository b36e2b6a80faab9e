//===- DeviceScratch.h - how much scratch a GPU's kernels need --*- C++ -*-===//
//
// What maps need is in MapTasks.h; moves need none.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_COMMON_DEVICESCRATCH_H
#define STEEPEST_LIB_TARGET_COMMON_DEVICESCRATCH_H

#include "lib/Target/Common/IndexBuilder.h"

namespace steepest {

/// Where the parts of a `kernel.eigh`'s scratch begin, in bytes: n x n
/// eigenvectors, a sine and cosine for each pair of rows (or a place for each
/// row), the diagonal, two flags, and the partial results of a norm.
struct DeviceEighScratch {
  mlir::Value vectors, rotations, diagonal, flags, partials, total;
};

/// For order `n` on `element` (f32 or f64).
DeviceEighScratch buildDeviceEighScratch(IndexBuilder &builder, mlir::Value n,
                                         mlir::Type element);

/// Scratch of a `kernel.product` of m x k by k x n whose factors are rounded to
/// `elementBytes`: the panels of both (runtime/CUDA/Device/Panels.h).
struct DeviceProductScratch {
  /// Where those of the right factor begin, and the bytes of all.
  mlir::Value rhs, total;
};
DeviceProductScratch buildDeviceProductScratch(IndexBuilder &builder,
                                               mlir::Value m, mlir::Value n,
                                               mlir::Value k,
                                               int64_t elementBytes);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_COMMON_DEVICESCRATCH_H
