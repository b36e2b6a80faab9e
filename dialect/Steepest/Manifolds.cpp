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

//===----------------------------------------------------------------------===//
// Sphere
//===----------------------------------------------------------------------===//

LogicalResult SphereAttr::verifyManifold(EmitError emitError,
                                         RankedTensorType) const {
  if (getRadius() > 0 && std::isfinite(getRadius()))
    return success();
  return emitError() << "expects a finite radius > 0 of the sphere, got "
                     << matrix::printReal(getRadius());
}

ManifoldFacts SphereAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.normalIsPoint = true;
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
  return expectMatrix(emitError, "oblique_columns", type);
}

ManifoldFacts ObliqueColumnsAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.separableColumns = true;
  facts.normalIsPoint = true;
  return facts;
}

ArrayRef<StringRef> ObliqueColumnsAttr::getRetractions() const {
  return obliqueRetractions;
}

LogicalResult ObliqueRowsAttr::verifyManifold(EmitError emitError,
                                              RankedTensorType type) const {
  return expectMatrix(emitError, "oblique_rows", type);
}

ManifoldFacts ObliqueRowsAttr::getManifoldFacts() const {
  ManifoldFacts facts;
  facts.separableRows = true;
  facts.normalIsPoint = true;
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
  if (failed(expectMatrix(emitError, "orthogonal", type)))
    return failure();
  int64_t rows = type.getDimSize(type.getRank() - 2);
  int64_t cols = type.getDimSize(type.getRank() - 1);
  if (ShapedType::isDynamic(rows) || ShapedType::isDynamic(cols) ||
      rows == cols)
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a square matrix on the orthogonal manifold, got " << rows
        << "x" << cols;
  error.attachNote() << "rectangular matrices with orthonormal columns or rows "
                        "are #steepest.stiefel";
  return error;
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
