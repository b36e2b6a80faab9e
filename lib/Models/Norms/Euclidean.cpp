//===- Euclidean.cpp - the Frobenius norm ---------------------------------===//
//
// Its own dual; the direction is x / ||x||. (l2 is its name for vectors, rms a
// multiple: Scaled.cpp.)
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

struct FrobeniusModel
    : NormModelAttrInterface::ExternalModel<FrobeniusModel, FrobeniusAttr> {
  Value buildNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return m.frobenius(x);
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return m.frobenius(x);
  }
  /// x / ||x||: the dualizer, and the gradient.
  static Value normalize(FormulaBuilder &m, Value x, Value length) {
    Value phi = m.mul(m.toF64(x), inverseOrZero(m, length));
    return m.cast(phi, getElementTypeOrSelf(x.getType()));
  }
  Dualized buildDualizer(Attribute, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    Value length = m.frobenius(x);
    return {normalize(m, x, length), length, m.constant(1), /*attained=*/true,
            /*penalty=*/x};
  }
  Value buildGradient(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return normalize(m, x, m.frobenius(x));
  }
  Value buildBallProjection(Attribute, FormulaBuilder &m, Value x, ValueRange,
                            Value radius) const {
    return buildEuclideanProjection(m, x, radius, matrix::Extent::Scalar);
  }
};

} // namespace

void steepest::attachEuclideanNorms(MLIRContext &context) {
  FrobeniusAttr::attachInterface<FrobeniusModel>(context);
}
