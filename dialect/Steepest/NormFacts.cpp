//===- NormFacts.cpp - facts and canonical forms of norms -----------------===//

#include "dialect/Steepest/Steepest.h"
#include <cmath>

using namespace mlir;
using namespace steepest;

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

static constexpr double infinity = std::numeric_limits<double>::infinity();

static NormFacts euclidean() {
  NormFacts facts;
  facts.euclidean = true;
  facts.unitarilyInvariant = true;
  facts.absolute = true;
  facts.differentiable = true;
  facts.entrywiseOrder = facts.schattenOrder = 2;
  return facts;
}

static NormFacts unitarilyInvariant() {
  NormFacts facts;
  facts.unitarilyInvariant = true;
  return facts;
}

static NormFacts schatten(double p) {
  NormFacts facts = unitarilyInvariant();
  facts.schattenOrder = p;
  return facts;
}

static NormFacts absolute() {
  NormFacts facts;
  facts.absolute = true;
  return facts;
}

static NormFacts entrywise(double p) {
  NormFacts facts = absolute();
  facts.entrywiseOrder = p;
  return facts;
}

static NormFacts factsOf(Attribute norm) {
  auto inner = dyn_cast<NormAttrInterface>(norm);
  return inner ? inner.getNormFacts() : NormFacts();
}

NormFacts L1Attr::getNormFacts() const {
  NormFacts facts = entrywise(1);
  facts.nested = true;
  return facts;
}
NormFacts L2Attr::getNormFacts() const { return euclidean(); }
NormFacts LpAttr::getNormFacts() const {
  Attribute canonical = getCanonicalNorm({});
  if (canonical != *this)
    return factsOf(canonical);
  NormFacts facts = entrywise(getP());
  facts.nested = true;
  facts.differentiable = true;
  return facts;
}
NormFacts LinfAttr::getNormFacts() const {
  NormFacts facts = entrywise(infinity);
  facts.separableColumns = true;
  facts.separableRows = true;
  return facts;
}
NormFacts FrobeniusAttr::getNormFacts() const { return euclidean(); }
NormFacts RmsAttr::getNormFacts() const { return euclidean(); }
NormFacts SpectralAttr::getNormFacts() const { return schatten(infinity); }
NormFacts RmsToRmsAttr::getNormFacts() const {
  return factsOf(SpectralAttr::get(getContext()));
}
NormFacts NuclearAttr::getNormFacts() const { return schatten(1); }
NormFacts SchattenAttr::getNormFacts() const {
  Attribute canonical = getCanonicalNorm({});
  if (canonical != *this)
    return factsOf(canonical);
  NormFacts facts = schatten(getP());
  facts.differentiable = true;
  return facts;
}
NormFacts KyFanAttr::getNormFacts() const { return unitarilyInvariant(); }
NormFacts KyFanDualAttr::getNormFacts() const { return unitarilyInvariant(); }
NormFacts SpectralFrobeniusAttr::getNormFacts() const {
  return unitarilyInvariant();
}
NormFacts SmoothedSpectralAttr::getNormFacts() const {
  // The dual norm is strictly convex: its terms are Euclidean norms of (s_i,
  // e s / sqrt(k)), of which two are parallel only for parallel s.
  NormFacts facts = unitarilyInvariant();
  facts.differentiable = true;
  return facts;
}
NormFacts LinfL2Attr::getNormFacts() const { return absolute(); }
NormFacts ColumnsAttr::getNormFacts() const {
  NormFacts facts = absolute();
  facts.euclideanColumns = true;
  facts.separableColumns = true;
  return facts;
}
NormFacts RowsAttr::getNormFacts() const {
  NormFacts facts = absolute();
  facts.euclideanRows = true;
  facts.separableRows = true;
  return facts;
}
NormFacts MaxColumnsAttr::getNormFacts() const {
  Attribute canonical = getCanonicalNorm({});
  if (canonical != *this)
    return factsOf(canonical);
  NormFacts facts;
  facts.separableColumns = true;
  facts.absolute = factsOf(getNorm()).absolute;
  return facts;
}
NormFacts MaxRowsAttr::getNormFacts() const {
  Attribute canonical = getCanonicalNorm({});
  if (canonical != *this)
    return factsOf(canonical);
  NormFacts facts;
  facts.separableRows = true;
  facts.absolute = factsOf(getNorm()).absolute;
  return facts;
}
NormFacts BlocksAttr::getNormFacts() const {
  NormFacts facts;
  facts.absolute = factsOf(getNorm()).absolute;
  return facts;
}
// Of the canonical form, which methods see.
NormFacts OperatorAttr::getNormFacts() const {
  Attribute canonical = getCanonicalNorm({});
  return canonical == *this ? NormFacts() : factsOf(canonical);
}
NormFacts TransportedAttr::getNormFacts() const { return {}; }
NormFacts WeightedL2Attr::getNormFacts() const {
  NormFacts facts = absolute();
  facts.differentiable = true;
  return facts;
}
NormFacts ScaledAttr::getNormFacts() const { return factsOf(getNorm()); }

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

Attribute KyFanAttr::getCanonicalNorm(RankedTensorType) const {
  return getK() == 1 ? Attribute(SpectralAttr::get(getContext()))
                     : Attribute(*this);
}

Attribute KyFanDualAttr::getCanonicalNorm(RankedTensorType) const {
  return getK() == 1 ? Attribute(NuclearAttr::get(getContext()))
                     : Attribute(*this);
}

/// The maximum over columns or rows of `norm`, made simple first. No type is
/// needed where the norm needs none.
static Attribute getCanonicalParts(Attribute whole, Attribute norm,
                                   RankedTensorType type, bool isColumns) {
  auto inner = dyn_cast<NormAttrInterface>(norm);
  if (!inner)
    return whole;
  MLIRContext *context = whole.getContext();
  RankedTensorType part;
  if (type) {
    unsigned rank = type.getRank();
    int64_t rows = type.getDimSize(rank - 2), cols = type.getDimSize(rank - 1);
    part =
        RankedTensorType::get({isColumns ? rows : cols}, type.getElementType());
  }
  Attribute canonical = inner.getCanonicalNorm(part);
  if (isa<FrobeniusAttr>(canonical))
    return isColumns ? Attribute(ColumnsAttr::get(context))
                     : Attribute(RowsAttr::get(context));
  if (isa<LinfAttr>(canonical))
    return canonical;
  // A vector's size is that of a column: the rows; or of a row: the columns.
  if (auto scaled = dyn_cast<ScaledAttr>(canonical)) {
    double exponent = scaled.getCols() + scaled.getMax();
    Attribute parts =
        isColumns ? Attribute(MaxColumnsAttr::get(context, scaled.getNorm()))
                  : Attribute(MaxRowsAttr::get(context, scaled.getNorm()));
    return ScaledAttr::get(context, parts, scaled.getRadius(),
                           isColumns ? exponent : 0.0,
                           isColumns ? 0.0 : exponent, 0.0, 0.0);
  }
  if (canonical == norm)
    return whole;
  return isColumns ? Attribute(MaxColumnsAttr::get(context, canonical))
                   : Attribute(MaxRowsAttr::get(context, canonical));
}

Attribute MaxColumnsAttr::getCanonicalNorm(RankedTensorType type) const {
  return getCanonicalParts(*this, getNorm(), type, true);
}

Attribute MaxRowsAttr::getCanonicalNorm(RankedTensorType type) const {
  return getCanonicalParts(*this, getNorm(), type, false);
}
