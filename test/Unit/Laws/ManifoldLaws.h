//===- ManifoldLaws.h - what every manifold must satisfy --------*- C++ -*-===//

#ifndef STEEPEST_TEST_UNIT_LAWS_MANIFOLDLAWS_H
#define STEEPEST_TEST_UNIT_LAWS_MANIFOLDLAWS_H

#include "test/Unit/Laws/Harness.h"

namespace steepest::laws {

/// Whether the manifold contains tensors of this type.
bool contains(mlir::Attribute manifold, mlir::RankedTensorType type);

/// The formulas of a manifold at one point.
class Manifold {
public:
  Manifold(mlir::Attribute attribute, const Input &like);

  Matrix project(const Matrix &w, const Matrix &x) const;
  double tangency(const Matrix &w, const Matrix &x) const;
  double distance(const Matrix &w) const;
  Matrix retract(llvm::StringRef name, const Matrix &w, const Matrix &phi,
                 double rate) const;
  /// A point on the manifold: where steps of length zero lead from `start`.
  Matrix findPoint(const Matrix &start) const;

private:
  ManifoldModelAttrInterface model;
  llvm::StringRef defaultRetraction;
  const Input &like;
};

/// Checks the manifold at random points of every shape that it contains:
///   P P = P,  P x is tangent,  <P x, y> = <x, P y>;
///   a retraction keeps w for a zero step, agrees with w - rate phi to first
///   order, and lands within (3/16) rate^4 of the manifold.
void checkManifoldLaws(mlir::Attribute manifold, double tolerance = 1e-11);

} // namespace steepest::laws

#endif // STEEPEST_TEST_UNIT_LAWS_MANIFOLDLAWS_H
