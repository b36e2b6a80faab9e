//===- Products.h - products on a team of blocks ----------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_PRODUCTS_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_PRODUCTS_H

#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace steepest {

/// Notes which products square what a product has mirrored, and so need one
/// factor in panels only. Before any is replaced.
void markMirroredFactors(mlir::func::FuncOp entry);

/// Says from which size on the larger tiles and the panels pay, of square
/// products.
void reportDeviceProduct(kernel::ProductOp op);

/// Replaces the product by a call of the device template (runtime/CUDA/Device)
/// and a meeting of the team. The template is linked as bitcode later; here its
/// entry points are declarations.
void emitDeviceProduct(kernel::ProductOp op, Team &team);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_PRODUCTS_H
