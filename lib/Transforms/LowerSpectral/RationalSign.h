//===- RationalSign.h - msign by partial fractions --------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_RATIONALSIGN_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_RATIONALSIGN_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "lib/Analysis/Cost/Machine.h"
#include "lib/Support/RationalPlan.h"

namespace steepest {

/// The function of a forced contract, with the parts it computes in float64.
RationalPlan planOf(matrix::FractionsAttr fractions, mlir::Type element);
/// The contract that forces a plan.
matrix::FractionsAttr fractionsOf(mlir::MLIRContext *context,
                                  const RationalPlan &plan);

/// The function alone.
PartialFractions functionOf(matrix::FractionsAttr fractions);

/// The terms [first, last) of h(A) and, with the last of them, its constant, in
/// the element type of A; fails the step when A + p I is not definite.
mlir::Value buildTerms(matrix::FormulaBuilder &m, mlir::Value a,
                       const PartialFractions &h, size_t first, size_t last);

/// "1.000e-03, 2.500e-01".
std::string printReals(llvm::ArrayRef<double> values);

/// How far the norm of a matrix may exceed a computed bound of it, relatively.
double getNormExcess(mlir::Type element);

/// n / m of an n x m matrix, m <= n, where the type says it, else 1.
double getAspect(mlir::RankedTensorType type);

/// msign(X) ~ h(A) X / s with A = X X^T / s^2 for wide X (and the mirror image
/// of it for tall X) and s = ||X||_S4: a Gram matrix, one inverse for each term
/// of h, and a product. The bounds of the result hold for any h.
matrix::FormulaBuilder::Msign buildRationalSign(matrix::FormulaBuilder &m,
                                                mlir::Value x,
                                                const RationalPlan &plan);

/// U diag(s_i^power) V^T likewise, 0 < power < 1, for a plan of the exponent
/// (1 - power) / 2, with bounds that hold for any h >= 0.
matrix::FormulaBuilder::SpectralPower
buildRationalPower(matrix::FormulaBuilder &m, mlir::Value x, double power,
                   const RationalPlan &plan);

/// The third of them.
mlir::Value buildRationalExcess(matrix::FormulaBuilder &m, mlir::Value x,
                                double power, const RationalPlan &plan);

/// Of either.
Cost getRationalCost(const RationalPlan &plan, mlir::Type element,
                     const Machine &machine);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_RATIONALSIGN_H
