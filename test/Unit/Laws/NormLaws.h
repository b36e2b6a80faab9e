//===- NormLaws.h - what every norm must satisfy ----------------*- C++ -*-===//

#ifndef STEEPEST_TEST_UNIT_LAWS_NORMLAWS_H
#define STEEPEST_TEST_UNIT_LAWS_NORMLAWS_H

#include "test/Unit/Laws/Harness.h"

namespace steepest::laws {

/// Whether the norm can measure tensors of this type, and with how many
/// operands.
std::optional<unsigned> countOperands(mlir::Attribute norm,
                                      mlir::RankedTensorType type);

/// Operands for the norm, if it can measure the input: positive weights, or
/// square maps that are far from singular.
std::optional<std::vector<Matrix>>
makeOperands(mlir::Attribute norm, const Input &input, Source &source);

/// The numbers of a norm.
struct Measured {
  double norm, dualNorm;
  /// What the dualizer says.
  Matrix phi;
  double dual, length;
};
Measured measure(mlir::Attribute norm, const Matrix &x, const Input &like,
                 llvm::ArrayRef<Matrix> operands);

/// Checks the norm on every input that it can measure:
///   <G, D(G)> = dual(G),  ||D(G)|| = 1,  D(c G) = D(G),  D(-G) = -D(G),
///   ||c X|| = |c| ||X||,  ||X + Y|| <= ||X|| + ||Y||,
///   |<X, Y>| <= ||X|| dual(Y),
/// each up to `tolerance`, relative, and what its facts say. The bounds that
/// the dualizer gives may exceed what they bound by `slack`.
void checkNormLaws(mlir::Attribute norm, double tolerance, double slack);
void checkNormLaws(mlir::Attribute norm, double tolerance = 1e-9);

} // namespace steepest::laws

#endif // STEEPEST_TEST_UNIT_LAWS_NORMLAWS_H
