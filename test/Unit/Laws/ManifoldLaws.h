//===- ManifoldLaws.h - what every manifold must satisfy --------*- C++ -*-===//

#ifndef STEEPEST_TEST_UNIT_LAWS_MANIFOLDLAWS_H
#define STEEPEST_TEST_UNIT_LAWS_MANIFOLDLAWS_H

#include "test/Unit/Laws/Harness.h"
#include <optional>

namespace steepest::laws {

/// Whether the manifold contains tensors of this type, or of this shape.
bool contains(mlir::Attribute manifold, mlir::RankedTensorType type);
bool contains(mlir::Attribute manifold, const Input &input);

/// The formulas of a manifold at one point.
class Manifold {
public:
  Manifold(mlir::Attribute attribute, const Input &like);

  Matrix project(const Matrix &w, const Matrix &x) const;
  double tangency(const Matrix &w, const Matrix &x) const;
  double distance(const Matrix &w) const;
  Matrix retract(llvm::StringRef name, const Matrix &w, const Matrix &phi,
                 double rate) const;
  /// The normal, and a point near `x`; nothing where there is none to build.
  std::optional<Matrix> normal(const Matrix &w) const;
  std::optional<Matrix> nearest(const Matrix &x) const;
  /// A point on the manifold: the one near `start`, or where steps of length
  /// zero lead from it.
  Matrix findPoint(const Matrix &start) const;

private:
  /// What a formula of one point gives, if it can be built.
  std::optional<Datum>
  ofPoint(const Matrix &w,
          llvm::function_ref<mlir::Value(matrix::FormulaBuilder &, mlir::Value)>
              formula) const;

  ManifoldModelAttrInterface model;
  llvm::StringRef defaultRetraction;
  const Input &like;
};

/// Checks the manifold at random points of every shape that it contains:
///   P P = P,  P x is tangent,  <P x, y> = <x, P y>;
///   a retraction keeps w for a zero step, agrees with w - rate phi to first
///   order, and lands within (3/16) rate^4 of the manifold;
///   the normals are orthogonal to tangents and span what P removes, where
///   there is one of all, of each column or of each row;
///   the point placed near any x, a degenerate one or not, is on the manifold
///   and stays where it is when placed again.
void checkManifoldLaws(mlir::Attribute manifold, double tolerance = 1e-11);

} // namespace steepest::laws

#endif // STEEPEST_TEST_UNIT_LAWS_MANIFOLDLAWS_H
