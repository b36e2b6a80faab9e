//===- Factor.h - the inverse of the Cholesky factor ------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITINVERSE_FACTOR_H
#define STEEPEST_LIB_TARGET_CPU_EMITINVERSE_FACTOR_H

#include "lib/Target/CPU/EmitInverse/Leaf.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace steepest::inverse {

/// The order of the leading block that a matrix of order n > splitUnit is split
/// at: the multiple of splitUnit nearest to half.
mlir::Value buildSplit(product::Emitter &e, mlir::Value n);

/// The function (A, pole, schur, spare, into, rows, scratch) -> i1. It
/// writes the inverse of the Cholesky factor of A + pole I to `into`, with
/// zeros above the diagonal, reading the lower triangle of A, and returns
/// whether A + pole I was found positive definite.
///
/// All matrices have the type of `product::getMatrixType`; A and `into` have
/// order n. `schur` holds n - split rows of n elements, which may be the last
/// rows of A. `spare` holds what `schur` does for order `split`; it may be the
/// same memory as `schur`, but not as A. `into` overlaps none of them. `rows`
/// has getLeafOrder()^2 elements; `scratch` serves any product of orders up to
/// n.
mlir::func::FuncOp getFactor(mlir::SymbolTable &symbols, mlir::Type element,
                             const product::ProductTile &tile);

} // namespace steepest::inverse

#endif // STEEPEST_LIB_TARGET_CPU_EMITINVERSE_FACTOR_H
