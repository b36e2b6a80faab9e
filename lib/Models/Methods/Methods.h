//===- Methods.h - what the methods share -----------------------*- C++ -*-===//
//
// A method asks for facts, never for the name of a norm or manifold; a closed
// form that holds for one pair may.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_METHODS_H
#define STEEPEST_LIB_MODELS_METHODS_METHODS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

std::unique_ptr<DirectionMethod> createColumnwise();
std::unique_ptr<DirectionMethod> createCommutingProjection();
std::unique_ptr<DirectionMethod> createDualizer();
std::unique_ptr<DirectionMethod> createEuclideanProjection();
std::unique_ptr<DirectionMethod> createOrthogonalGroup();
std::unique_ptr<DirectionMethod> createRowwise();
std::unique_ptr<DirectionMethod> createScalarRoot();
std::unique_ptr<DirectionMethod> createSmoothedNewton();
std::unique_ptr<DirectionMethod> createSplitting();
std::unique_ptr<DirectionMethod> createStiefelSpectral();
std::unique_ptr<DirectionMethod> createWeightedProjection();

/// The attribute as users write it.
std::string printed(mlir::Attribute attribute);

/// The parts of a direction that methods work with.
struct Problem {
  explicit Problem(DirectionOp op);

  mlir::Value gradient, point;
  mlir::ValueRange operands;
  mlir::Attribute normName, manifoldName;
  /// Null where the attribute does not implement it.
  NormAttrInterface norm;
  NormModelAttrInterface normModel;
  ManifoldAttrInterface manifold;
  ManifoldModelAttrInterface manifoldModel;

  mlir::Type getElement() const {
    return mlir::getElementTypeOrSelf(gradient.getType());
  }

  /// Succeeds when the norm has facts and formulas; when there is a manifold,
  /// or none, as expected, that has facts and formulas too.
  llvm::LogicalResult expect(bool onManifold, std::string &reason) const;
};

/// Machine epsilon of f32 or f64.
double epsilonOf(mlir::Type element);

/// What the conditions of a manifold run over: all entries, or each column
/// (row).
matrix::Extent getConditions(ManifoldFacts facts);

/// P_W(G) without what is rounding of G, in all or in each column (row).
struct TangentPart {
  /// The projection, and 0 where it does not exceed 8 eps sqrt(count) ||G||.
  mlir::Value part;
  /// The projection as it is: its dual norm bounds what can be attained.
  mlir::Value whole;
  /// A `steepest_outcome` as f64: converged, zero or normal.
  mlir::Value outcome;
};
TangentPart buildTangentPart(matrix::FormulaBuilder &m, const Problem &problem,
                             matrix::Extent extent);

/// The outcome of a direction of which something is left: converged, normal
/// when nothing is though the gradient is not zero, or zero.
mlir::Value buildOutcome(matrix::FormulaBuilder &m, mlir::Value isLeft,
                         mlir::Value isNonzero);

/// `phi` with its value, its tangency and a bound not below its value.
SolvedDirection certified(matrix::FormulaBuilder &m, const Problem &problem,
                          mlir::Value phi, mlir::Value bound,
                          mlir::Value outcome);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_METHODS_H
