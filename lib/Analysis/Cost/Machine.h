//===- Machine.h - measured speeds of a kind of processor -------*- C++ -*-===//
//
// The constants of the cost model: one row for each width of vector registers
// and one for GPUs, with where it was measured. Every choice of the algebra
// phase rests on these and on nothing else, so a new machine is a new row.
//
// Model of a product of r x k by k x c: 2 r k c flops at `flops`, and for each
// of the r c + r k + k c elements that are read, packed or written the time of
// `elementFlops` flops. That is the fall-off at small sizes: at r = k = c the
// rate is flops / (1 + 3 elementFlops / (2 r)). A symmetric result takes half
// of the flops, `diagonal` columns more in every row of tiles that the diagonal
// crosses, and a mirrored copy.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_ANALYSIS_COST_MACHINE_H
#define STEEPEST_LIB_ANALYSIS_COST_MACHINE_H

#include "lib/Analysis/Cost/Cost.h"

namespace steepest {

struct Machine {
  /// Where the row comes from.
  llvm::StringLiteral origin;
  unsigned vectorBits;
  /// Rate of large f32 products, flops per nanosecond; f64 runs at half of
  /// it, factors of bf16 or f16 at `halfSpeed` times it, of tf32 at
  /// `tf32Speed` times it; 1 where there are no such products.
  double flops;
  double halfSpeed, tf32Speed;
  /// Flops in whose time a product handles one element of its matrices.
  double elementFlops;
  /// Extra columns of each row of a symmetric product.
  double diagonal;
  /// Flops in whose time one element is mirrored.
  double mirrorFlops;
  /// Fixed nanoseconds of starting a product or a pass.
  double call;
  /// Inverse of a symmetric positive definite m x m matrix, m^3 flops: the
  /// fraction of `flops` it reaches for large m, and the m at which it reaches
  /// half of that.
  double inverseRate, inverseHalf;
  /// Eigen-decomposition of a f64 m x m matrix: nanoseconds are
  /// `eigen` m^3 + `eigenSquare` m^2.
  double eigen, eigenSquare;
  /// Bytes per nanosecond of a pass over memory.
  double bytes;

  /// The row of the widest registers not wider than these.
  static const Machine &forVectorBits(unsigned vectorBits);
  static const Machine &forGPU();

  /// r x k times k x c; `element` is that of the factors as multiplied.
  Cost product(const Monomial &rows, const Monomial &inner,
               const Monomial &cols, mlir::Type element,
               bool symmetric = false) const;
  /// sum_j (A + p_j I)^-1 of `count` poles; A is m x m for `size` = m.
  Cost inverses(const Monomial &size, unsigned count, mlir::Type element) const;
  /// Values and vectors of an f64 matrix.
  Cost eigenDecomposition(const Monomial &size) const;
  /// One pass that reads and writes so many bytes in all.
  Cost pass(const Monomial &bytesMoved) const;
};

/// The types called so, which factors of a product may be rounded to: bf16, f16
/// or tf32; another name is an error.
llvm::FailureOr<llvm::SmallVector<mlir::Type>>
getFactorTypes(mlir::MLIRContext *context, llvm::ArrayRef<std::string> names);

} // namespace steepest

#endif // STEEPEST_LIB_ANALYSIS_COST_MACHINE_H
