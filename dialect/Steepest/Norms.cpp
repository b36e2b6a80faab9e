//===- Norms.cpp - what the language knows of norms -----------------------===//
//
// Verification, facts and canonical forms. The mathematics is in
// lib/Models/Norms.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include <cmath>

using namespace mlir;
using namespace steepest;
using matrix::Real;
using EmitError = llvm::function_ref<InFlightDiagnostic()>;

/// Most norms have no operands.
static LogicalResult expectNoOperands(EmitError emitError, StringRef name,
                                      TypeRange operands) {
  if (operands.empty())
    return success();
  return emitError() << "expects no operands of the " << name << " norm, got "
                     << operands.size();
}

static LogicalResult expectMatrix(EmitError emitError, StringRef name,
                                  RankedTensorType type, TypeRange operands) {
  if (failed(expectNoOperands(emitError, name, operands)))
    return failure();
  if (type.getRank() >= 2)
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects a matrix for the " << name << " norm, got " << type;
  error.attachNote() << "vectors are measured by l1, l2, lp, linf or rms";
  return error;
}

/// p >= 1, `inf` allowed.
static LogicalResult expectExponent(EmitError emitError, StringRef name,
                                    Real p) {
  if (p >= 1) // false for NaN
    return success();
  InFlightDiagnostic error = emitError();
  error << "expects p >= 1 for the " << name << " norm, got "
        << matrix::printReal(p);
  if (p > 0)
    error.attachNote()
        << "for p < 1 the unit ball is not convex: it is no norm";
  return error;
}

#define STEEPEST_NORM_OF_ANY_TENSOR(Attr, name)                                \
  LogicalResult Attr::verifyNorm(EmitError emitError, RankedTensorType type,   \
                                 TypeRange operands) const {                   \
    return expectNoOperands(emitError, name, operands);                        \
  }
#define STEEPEST_NORM_OF_MATRICES(Attr, name)                                  \
  LogicalResult Attr::verifyNorm(EmitError emitError, RankedTensorType type,   \
                                 TypeRange operands) const {                   \
    return expectMatrix(emitError, name, type, operands);                      \
  }
STEEPEST_NORM_OF_ANY_TENSOR(L1Attr, "l1")
STEEPEST_NORM_OF_ANY_TENSOR(L2Attr, "l2")
STEEPEST_NORM_OF_ANY_TENSOR(LinfAttr, "linf")
STEEPEST_NORM_OF_ANY_TENSOR(FrobeniusAttr, "frobenius")
STEEPEST_NORM_OF_ANY_TENSOR(RmsAttr, "rms")
STEEPEST_NORM_OF_MATRICES(SpectralAttr, "spectral")
STEEPEST_NORM_OF_MATRICES(RmsToRmsAttr, "rms_to_rms")
STEEPEST_NORM_OF_MATRICES(NuclearAttr, "nuclear")
STEEPEST_NORM_OF_MATRICES(ColumnsAttr, "columns")
STEEPEST_NORM_OF_MATRICES(RowsAttr, "rows")
#undef STEEPEST_NORM_OF_ANY_TENSOR
#undef STEEPEST_NORM_OF_MATRICES

LogicalResult LpAttr::verifyNorm(EmitError emitError, RankedTensorType type,
                                 TypeRange operands) const {
  if (failed(expectNoOperands(emitError, "lp", operands)))
    return failure();
  return expectExponent(emitError, "lp", getP());
}

LogicalResult SchattenAttr::verifyNorm(EmitError emitError,
                                       RankedTensorType type,
                                       TypeRange operands) const {
  if (failed(expectMatrix(emitError, "schatten", type, operands)))
    return failure();
  return expectExponent(emitError, "schatten", getP());
}

LogicalResult WeightedL2Attr::verifyNorm(EmitError emitError, RankedTensorType,
                                         TypeRange operands) const {
  if (operands.size() != 1)
    return emitError()
           << "expects one operand of the weighted_l2 norm, the weights, got "
           << operands.size();
  return success();
}

LogicalResult ScaledAttr::verifyNorm(EmitError emitError, RankedTensorType type,
                                     TypeRange operands) const {
  auto inner = dyn_cast<NormAttrInterface>(getNorm());
  if (!inner)
    return emitError() << "expects a norm to scale, got " << getNorm();
  if (!(getRadius() > 0) || std::isinf(getRadius()))
    return emitError() << "expects a finite radius > 0, got "
                       << matrix::printReal(getRadius());
  for (Real exponent : {getRows(), getCols(), getMax(), getMin()})
    if (!std::isfinite(exponent))
      return emitError() << "expects finite exponents of the sizes, got "
                         << matrix::printReal(exponent);
  return inner.verifyNorm(emitError, type, operands);
}

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

static NormFacts euclidean() {
  NormFacts facts;
  facts.euclidean = true;
  facts.unitarilyInvariant = true;
  return facts;
}

static NormFacts unitarilyInvariant() {
  NormFacts facts;
  facts.unitarilyInvariant = true;
  return facts;
}

NormFacts L1Attr::getNormFacts() const { return {}; }
NormFacts L2Attr::getNormFacts() const { return euclidean(); }
NormFacts LpAttr::getNormFacts() const { return {}; }
NormFacts LinfAttr::getNormFacts() const {
  NormFacts facts;
  facts.entrywiseMaximum = true;
  return facts;
}
NormFacts FrobeniusAttr::getNormFacts() const { return euclidean(); }
NormFacts RmsAttr::getNormFacts() const { return euclidean(); }
NormFacts SpectralAttr::getNormFacts() const { return unitarilyInvariant(); }
NormFacts RmsToRmsAttr::getNormFacts() const { return unitarilyInvariant(); }
NormFacts NuclearAttr::getNormFacts() const { return unitarilyInvariant(); }
NormFacts SchattenAttr::getNormFacts() const { return unitarilyInvariant(); }
NormFacts ColumnsAttr::getNormFacts() const {
  NormFacts facts;
  facts.euclideanColumns = true;
  return facts;
}
NormFacts RowsAttr::getNormFacts() const {
  NormFacts facts;
  facts.euclideanRows = true;
  return facts;
}
NormFacts WeightedL2Attr::getNormFacts() const { return {}; }
NormFacts ScaledAttr::getNormFacts() const {
  auto inner = dyn_cast<NormAttrInterface>(getNorm());
  return inner ? inner.getNormFacts() : NormFacts();
}

//===----------------------------------------------------------------------===//
// Canonical forms
//===----------------------------------------------------------------------===//

Attribute L2Attr::getCanonicalNorm(RankedTensorType) const {
  return FrobeniusAttr::get(getContext());
}

Attribute LpAttr::getCanonicalNorm(RankedTensorType) const {
  if (double(getP()) == 1)
    return L1Attr::get(getContext());
  if (double(getP()) == 2)
    return FrobeniusAttr::get(getContext());
  if (std::isinf(getP()))
    return LinfAttr::get(getContext());
  return *this;
}

Attribute SchattenAttr::getCanonicalNorm(RankedTensorType) const {
  if (double(getP()) == 1)
    return NuclearAttr::get(getContext());
  if (double(getP()) == 2)
    return FrobeniusAttr::get(getContext());
  if (std::isinf(getP()))
    return SpectralAttr::get(getContext());
  return *this;
}

Attribute RmsAttr::getCanonicalNorm(RankedTensorType) const {
  // ||x||_F / sqrt(rows cols): the unit ball has radius sqrt(rows cols).
  return ScaledAttr::get(getContext(), FrobeniusAttr::get(getContext()), 1.0,
                         0.5, 0.5, 0.0, 0.0);
}

Attribute RmsToRmsAttr::getCanonicalNorm(RankedTensorType) const {
  return ScaledAttr::get(getContext(), SpectralAttr::get(getContext()), 1.0,
                         0.5, -0.5, 0.0, 0.0);
}
