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

/// Rows of a panel of an elimination, that is the order of what one block keeps
/// in 16 KB (f32) or 8 KB (f64) of shared memory.
int64_t getInversePanel(mlir::Type element);

/// Where the parts of a `kernel.rational`'s scratch begin, in bytes: a matrix
/// with the identity beside it (n x 2 n), the rows of a panel (panel x n), the
/// inverse factor of a panel's own block, and a flag.
struct DeviceRationalScratch {
  mlir::Value augmented, rows, corner, flag, total;
};

/// For order `n` on `element` (f32 or f64).
DeviceRationalScratch buildDeviceRationalScratch(IndexBuilder &builder,
                                                 mlir::Value n,
                                                 mlir::Type element);

/// Bytes of a factor of this type in a panel: tf32 takes those of f32.
int64_t getPanelElementBytes(mlir::Type factors);

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
