//===- Manifolds.cpp - what the language knows of manifolds ---------------===//
//
// Verification, facts and the names of retractions. The mathematics is in
// lib/Models/Manifolds.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include <cmath>

using namespace mlir;
using namespace steepest;
using EmitError = llvm::function_ref<InFlightDiagnostic()>;

static LogicalResult expectMatrix(EmitError emitError, StringRef name,
                                  RankedTensorType type) {
  if (type.getRank() >= 2)
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a matrix on the " << name << " manifold, got " << type;
  error.attachNote() << "vectors live on the sphere";
  return error;
}

static LogicalResult expectRadius(EmitError emitError, StringRef name,
                                  matrix::Real radius) {
  if (radius > 0 && std::isfinite(radius))
    return success();
  return emitError() << "expects a finite radius > 0 of the " << name
                     << ", got " << matrix::printReal(radius);
}

static LogicalResult expectSquare(EmitError emitError, StringRef name,
                                  RankedTensorType type) {
  if (failed(expectMatrix(emitError, name, type)))
    return failure();
  int64_t rows = type.getDimSize(type.getRank() - 2);
  int64_t cols = type.getDimSize(type.getRank() - 1);
  if (ShapedType::isDynamic(rows) || ShapedType::isDynamic(cols) ||
      rows == cols)
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a square matrix on the " << name << " manifold, got "
        << rows << "x" << cols;
  if (name == "orthogonal")
    error.attachNote() << "rectangular matrices with orthonormal columns or "
                          "rows are #steepest.stiefel";
  return error;
}

//===----------------------------------------------------------------------===//
// Sphere
//===----------------------------------------------------------------------===//

LogicalResult SphereAttr::verifyManifold(EmitError emitError,
                                         RankedTensorType) const {
  return expectRadius(emitError, "sphere", getRadius());
}

ManifoldFacts SphereAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.normalIsPoint = true;
  facts.oneNormal = true;
  return facts;
}

ArrayRef<StringRef> SphereAttr::getRetractions() const {
  static const StringRef names[] = {"radial", "exact"};
  return names;
}

//===----------------------------------------------------------------------===//
// Oblique
//===----------------------------------------------------------------------===//

static const StringRef obliqueRetractions[] = {"normalize"};

LogicalResult ObliqueColumnsAttr::verifyManifold(EmitError emitError,
                                                 RankedTensorType type) const {
  if (failed(expectMatrix(emitError, "oblique_columns", type)))
    return failure();
  return expectRadius(emitError, "oblique_columns manifold", getRadius());
}

ManifoldFacts ObliqueColumnsAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.separableColumns = true;
  facts.normalIsPoint = true;
  facts.oneNormal = true;
  return facts;
}

ArrayRef<StringRef> ObliqueColumnsAttr::getRetractions() const {
  return obliqueRetractions;
}

LogicalResult ObliqueRowsAttr::verifyManifold(EmitError emitError,
                                              RankedTensorType type) const {
  if (failed(expectMatrix(emitError, "oblique_rows", type)))
    return failure();
  return expectRadius(emitError, "oblique_rows manifold", getRadius());
}

ManifoldFacts ObliqueRowsAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.separableRows = true;
  facts.normalIsPoint = true;
  facts.oneNormal = true;
  return facts;
}

ArrayRef<StringRef> ObliqueRowsAttr::getRetractions() const {
  return obliqueRetractions;
}

//===----------------------------------------------------------------------===//
// Orthogonal and Stiefel
//===----------------------------------------------------------------------===//

static const StringRef stiefelRetractions[] = {"cubic", "polar"};

LogicalResult OrthogonalAttr::verifyManifold(EmitError emitError,
                                             RankedTensorType type) const {
  return expectSquare(emitError, "orthogonal", type);
}

ManifoldFacts OrthogonalAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.orthogonalGroup = true;
  return facts;
}

ArrayRef<StringRef> OrthogonalAttr::getRetractions() const {
  return stiefelRetractions;
}

LogicalResult StiefelAttr::verifyManifold(EmitError emitError,
                                          RankedTensorType type) const {
  return expectMatrix(emitError, "stiefel", type);
}

ManifoldFacts StiefelAttr::getManifoldFacts() const { return {}; }

ArrayRef<StringRef> StiefelAttr::getRetractions() const {
  return stiefelRetractions;
}

LogicalResult GrassmannAttr::verifyManifold(EmitError emitError,
                                            RankedTensorType type) const {
  return expectMatrix(emitError, "grassmann", type);
}

ManifoldFacts GrassmannAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.longSideProjector = true;
  return facts;
}

ArrayRef<StringRef> GrassmannAttr::getRetractions() const {
  return stiefelRetractions;
}

LogicalResult GramDiagonalAttr::verifyManifold(EmitError emitError,
                                               RankedTensorType type) const {
  if (failed(expectMatrix(emitError, "gram_diagonal", type)))
    return failure();
  int64_t rows = type.getDimSize(type.getRank() - 2);
  int64_t cols = type.getDimSize(type.getRank() - 1);
  if (ShapedType::isDynamic(rows) || ShapedType::isDynamic(cols) ||
      rows >= cols)
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects at least as many rows as columns on the gram_diagonal "
           "manifold, got "
        << rows << "x" << cols;
  error.attachNote() << "more than " << rows
                     << " columns of that length cannot be orthogonal";
  return error;
}

ManifoldFacts GramDiagonalAttr::getManifoldFacts() const { return {}; }

ArrayRef<StringRef> GramDiagonalAttr::getRetractions() const {
  static const StringRef names[] = {"polar"};
  return names;
}

//===----------------------------------------------------------------------===//
// Spheres and balls of any norm
//===----------------------------------------------------------------------===//

/// A norm without run-time operands that measures the points.
static LogicalResult expectNormOfPoints(EmitError emitError, StringRef name,
                                        Attribute norm, RankedTensorType type) {
  auto inner = dyn_cast<NormAttrInterface>(norm);
  if (!inner)
    return emitError() << "expects a norm of the " << name << ", got " << norm;
  return inner.verifyNorm(emitError, type, {});
}

LogicalResult NormSphereAttr::verifyManifold(EmitError emitError,
                                             RankedTensorType type) const {
  if (failed(expectRadius(emitError, "norm_sphere", getRadius())))
    return failure();
  return expectNormOfPoints(emitError, "norm_sphere", getNorm(), type);
}

static NormFacts factsOf(Attribute norm) {
  auto inner = dyn_cast<NormAttrInterface>(norm);
  return inner ? inner.getNormFacts() : NormFacts();
}

ManifoldFacts NormSphereAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.oneNormal = true;
  // The normal is the sign of the largest entry, alone.
  facts.entrywiseProjector = factsOf(getNorm()).isEntrywiseMaximum();
  return facts;
}

ArrayRef<StringRef> NormSphereAttr::getRetractions() const {
  static const StringRef names[] = {"radial"};
  return names;
}

LogicalResult NormBallAttr::verifyManifold(EmitError emitError,
                                           RankedTensorType type) const {
  if (failed(expectRadius(emitError, "norm_ball", getRadius())))
    return failure();
  if (failed(expectNormOfPoints(emitError, "norm_ball", getNorm(), type)))
    return failure();
  NormFacts norm = factsOf(getNorm());
  if (norm.differentiable || norm.isEntrywiseMaximum() ||
      norm.euclideanColumns || norm.euclideanRows || norm.isSpectralMaximum())
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a norm whose balls have known tangent cones, got "
        << getNorm();
  error.attachNote() << "known: differentiable norms (lp and schatten with "
                        "1 < p < inf, frobenius), linf, columns, rows, and "
                        "spectral";
  return error;
}

ManifoldFacts NormBallAttr::getManifoldFacts() const {
  NormFacts norm = factsOf(getNorm());
  ManifoldFacts facts;
  facts.equality = false;
  // One condition for each entry, column or row that is as large as the radius,
  // or one with the gradient. A spectral ball has a matrix inequality.
  facts.entrywiseProjector = norm.isEntrywiseMaximum();
  facts.separableColumns = norm.euclideanColumns;
  facts.separableRows = norm.euclideanRows;
  facts.oneNormal =
      norm.differentiable || norm.euclideanColumns || norm.euclideanRows;
  return facts;
}

ArrayRef<StringRef> NormBallAttr::getRetractions() const {
  static const StringRef names[] = {"clip", "radial"};
  return names;
}

//===----------------------------------------------------------------------===//
// Linear and affine sets
//===----------------------------------------------------------------------===//

static const StringRef straightRetractions[] = {"straight"};

LogicalResult ZeroRowSumsAttr::verifyManifold(EmitError emitError,
                                              RankedTensorType type) const {
  return expectMatrix(emitError, "zero_row_sums", type);
}

ManifoldFacts ZeroRowSumsAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.affine = true;
  facts.separableRows = true;
  facts.oneNormal = true;
  facts.rightProjector = true;
  return facts;
}

ArrayRef<StringRef> ZeroRowSumsAttr::getRetractions() const {
  return straightRetractions;
}

LogicalResult ZeroColumnSumsAttr::verifyManifold(EmitError emitError,
                                                 RankedTensorType type) const {
  return expectMatrix(emitError, "zero_column_sums", type);
}

ManifoldFacts ZeroColumnSumsAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.affine = true;
  facts.separableColumns = true;
  facts.oneNormal = true;
  facts.leftProjector = true;
  return facts;
}

ArrayRef<StringRef> ZeroColumnSumsAttr::getRetractions() const {
  return straightRetractions;
}

LogicalResult SymmetricAttr::verifyManifold(EmitError emitError,
                                            RankedTensorType type) const {
  return expectSquare(emitError, "symmetric", type);
}

ManifoldFacts SymmetricAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.affine = true;
  facts.transpositionProjector = true;
  return facts;
}

ArrayRef<StringRef> SymmetricAttr::getRetractions() const {
  return straightRetractions;
}

LogicalResult SkewSymmetricAttr::verifyManifold(EmitError emitError,
                                                RankedTensorType type) const {
  return expectSquare(emitError, "skew_symmetric", type);
}

ManifoldFacts SkewSymmetricAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.affine = true;
  facts.transpositionProjector = true;
  return facts;
}

ArrayRef<StringRef> SkewSymmetricAttr::getRetractions() const {
  return straightRetractions;
}

LogicalResult FixedTraceAttr::verifyManifold(EmitError emitError,
                                             RankedTensorType type) const {
  if (!std::isfinite(getTrace()))
    return emitError() << "expects a finite trace, got "
                       << matrix::printReal(getTrace());
  return expectSquare(emitError, "fixed_trace", type);
}

ManifoldFacts FixedTraceAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.affine = true;
  facts.oneNormal = true;
  return facts;
}

ArrayRef<StringRef> FixedTraceAttr::getRetractions() const {
  return straightRetractions;
}
