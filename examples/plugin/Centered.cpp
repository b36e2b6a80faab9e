//===- Centered.cpp - matrices whose rows sum to zero ---------------------===//
//
// {W : W 1 = 0} is a linear space, its own tangent space at every point. The
// projection subtracts from every row its mean: X (I - 1 1^T / cols).
//
//===----------------------------------------------------------------------===//

#include "Acme.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace acme;
using steepest::matrix::Extent;
using steepest::matrix::FormulaBuilder;

LogicalResult
CenteredAttr::verifyManifold(llvm::function_ref<InFlightDiagnostic()> emitError,
                             RankedTensorType type) const {
  if (type.getRank() >= 2)
    return success();
  return emitError() << "expects a matrix on the centered manifold, got "
                     << type;
}

/// One condition per row; its normal is (1, ..., 1), not the row.
steepest::ManifoldFacts CenteredAttr::getManifoldFacts() const {
  steepest::ManifoldFacts facts;
  facts.affine = true;
  facts.separableRows = true;
  return facts;
}

ArrayRef<StringRef> CenteredAttr::getRetractions() const {
  static const StringRef names[] = {"shift"};
  return names;
}

/// x minus the means of its rows, in the type of x.
static Value subtractMeans(FormulaBuilder &m, Value x, Type element) {
  Value x64 = m.toF64(x);
  Value means = m.div(m.sum(x64, Extent::Row), m.toFloat(m.cols(x)));
  return m.cast(m.sub(x64, m.alongRows(means, x64)), element);
}

Value CenteredAttr::buildProjection(FormulaBuilder &m, Value, Value x) const {
  return subtractMeans(m, x, getElementTypeOrSelf(x.getType()));
}

/// The largest sum of a row.
Value CenteredAttr::buildTangency(FormulaBuilder &m, Value, Value x) const {
  return m.max(m.maxAbs(m.sum(m.toF64(x), Extent::Row)), m.constant(0));
}

/// What the projection would remove, relative to W.
Value CenteredAttr::buildDistance(FormulaBuilder &m, Value w) const {
  Value removed = m.div(m.frobenius(m.sum(m.toF64(w), Extent::Row)),
                        m.sqrt(m.toFloat(m.cols(w))));
  return m.divOrZero(removed, m.frobenius(w));
}

Value CenteredAttr::buildRetraction(FormulaBuilder &m, StringRef, Value w,
                                    Value phi, Value rate) const {
  Value step = m.sub(m.toF64(w), m.mul(m.toF64(phi), m.toF64(rate)));
  return subtractMeans(m, step, getElementTypeOrSelf(w.getType()));
}
