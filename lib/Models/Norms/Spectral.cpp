//===- Spectral.cpp - spectral and nuclear norm ---------------------------===//
//
// A dual pair: the largest singular value against the sum of all. The spectral
// dualizer is the polar factor msign(X) = U V^T, Muon's orthogonalisation; the
// nuclear one is the projector on the largest singular value.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

static Value buildLargest(FormulaBuilder &m, Value x) {
  return m.max(m.maximum(m.singularValues(x)), m.constant(0));
}

static Value buildSum(FormulaBuilder &m, Value x) {
  return m.sum(m.singularValues(x));
}

namespace {

struct SpectralModel
    : NormModelAttrInterface::ExternalModel<SpectralModel, SpectralAttr> {
  Value buildNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildLargest(m, x);
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildSum(m, x);
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x, ValueRange,
                         Attribute contract) const {
    if (!contract)
      contract = matrix::BandAttr::getDefault(attr.getContext());
    FormulaBuilder::Msign msign = m.msign(x, contract);
    return {msign.result, msign.nuclear, msign.spectral};
  }
  Value buildGradient(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return m.leading(x);
  }
  Value buildBallProjection(Attribute, FormulaBuilder &m, Value x, ValueRange,
                            Value radius) const {
    return buildSpectralProjection(m, x, radius);
  }
};

struct NuclearModel
    : NormModelAttrInterface::ExternalModel<NuclearModel, NuclearAttr> {
  Value buildNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildSum(m, x);
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildLargest(m, x);
  }
  Dualized buildDualizer(Attribute, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    return {m.leading(x), buildLargest(m, x), m.constant(1)};
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    return m.msign(x, matrix::ExactAttr::get(attr.getContext())).result;
  }
  Value buildBallProjection(Attribute, FormulaBuilder &m, Value x, ValueRange,
                            Value radius) const {
    return buildNuclearProjection(m, x, radius);
  }
};

} // namespace

void steepest::attachSpectralNorms(MLIRContext &context) {
  SpectralAttr::attachInterface<SpectralModel>(context);
  NuclearAttr::attachInterface<NuclearModel>(context);
}
