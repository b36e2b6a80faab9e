//===- MacroKernel.h - the loops around the tiles ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_MACROKERNEL_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_MACROKERNEL_H

#include "lib/Target/CPU/Product/Configuration.h"
#include "lib/Target/CPU/Product/MicroKernel.h"

namespace steepest::product {

/// Packs one operand: a call of a function shared by all products.
using PackCall =
    llvm::function_ref<void(mlir::Value source, mlir::Value buffer,
                            mlir::Value bufferOffset, mlir::ValueRange piece)>;

/// One piece of C, [rowBegin, rowEnd) x [columnBegin, columnEnd), computed by
/// one worker with panels of its own.
struct Slab {
  mlir::Value lhs, rhs, into;
  Epilogue epilogue;
  mlir::Value rowBegin, rowEnd, columnBegin, columnEnd;
  mlir::Value lhsBuffer, rhsBuffer;
};

/// Computes a slab. In a symmetric product the columns end where the rows do,
/// tiles above the diagonal are left out, and the result is mirrored; slabs of
/// other rows neither read nor write what this one writes.
void emitSlab(Emitter &e, const Configuration &configuration,
              const ProductTile &tile, const Slab &slab, PackCall packLhs,
              PackCall packRhs);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_MACROKERNEL_H
