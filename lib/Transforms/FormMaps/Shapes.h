//===- Shapes.h - elementwise values and their shapes -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_FORMMAPS_SHAPES_H
#define STEEPEST_LIB_TRANSFORMS_FORMMAPS_SHAPES_H

#include "dialect/Steepest/Steepest.h"
#include "llvm/ADT/SetVector.h"

namespace steepest {

/// Whether `op` makes each element of its tensor result from the elements at
/// the same place of its tensor operands, from scalars, or from the place
/// itself; such an op can be computed inside a map.
bool isElementwise(mlir::Operation *op);

/// The tensor that lies in memory (or the splat) from which `value` has its
/// shape.
mlir::Value shapeRoot(mlir::Value value);

/// Whether nothing but certificates, through scalar arithmetic in one block, is
/// made of `scalar`, so that it may be known after the step has been written.
/// The ops on the way are added to `path`.
bool isOnlyCertified(mlir::Value scalar,
                     llvm::SetVector<mlir::Operation *> &path);

/// Makes every use of a shape (`tensor.dim`, `like`) name the root, so that no
/// elementwise value is needed for its shape alone; a broadcast over the shape
/// of a splat becomes a splat.
void resolveShapes(mlir::Operation *scope);

/// Elementwise values without tensor operands cost nothing to recompute; a copy
/// beside each use keeps them out of memory.
void sinkFills(OptimizerOp optimizer);

/// Scalars made of hyper-parameters and constants move to the top, so that they
/// are ready wherever a map may stand.
void hoistScalars(OptimizerOp optimizer);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_FORMMAPS_SHAPES_H
