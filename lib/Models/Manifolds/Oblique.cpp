//===- Oblique.cpp - unit columns and unit rows ---------------------------===//
//
// A product of spheres: every column (row) is one, with its own normal.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Manifolds.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

template <typename Attr, matrix::Extent extent>
struct ObliqueModel
    : ManifoldModelAttrInterface::ExternalModel<ObliqueModel<Attr, extent>,
                                                Attr> {
  /// <a_j, b_j> of every column (row).
  static Value buildDots(FormulaBuilder &m, Value a, Value b) {
    return m.sum(m.mul(m.toF64(a), m.toF64(b)), extent);
  }

  /// x_j - w_j <w_j, x_j> / ||w_j||^2.
  Value buildProjection(Attribute, FormulaBuilder &m, Value w, Value x) const {
    Value shares = m.divOrZero(buildDots(m, w, x), buildDots(m, w, w));
    Value normal = m.mul(m.toF64(w), m.broadcast(shares, w, extent));
    return roundLike(m, m.sub(m.toF64(x), normal), x);
  }

  /// max_j |<w_j, x_j>| / ||w_j||.
  Value buildTangency(Attribute, FormulaBuilder &m, Value w, Value x) const {
    Value lengths = m.sqrt(buildDots(m, w, w));
    Value components = m.divOrZero(m.abs(buildDots(m, w, x)), lengths);
    return m.max(m.maximum(components), m.constant(0));
  }

  Value buildDistance(Attribute, FormulaBuilder &m, Value w) const {
    Value lengths = m.sqrt(buildDots(m, w, w));
    Value errors = m.abs(m.sub(lengths, m.constant(1)));
    return m.max(m.maximum(errors), m.constant(0));
  }

  /// `normalize`: every column (row) of the step divided by its length.
  Value buildRetraction(Attribute, FormulaBuilder &m, StringRef, Value w,
                        Value phi, Value rate) const {
    Value y = buildStep(m, w, phi, rate);
    Value scales = m.divOrZero(m.constant(1), m.sqrt(buildDots(m, y, y)));
    return roundLike(m, m.mul(y, m.broadcast(scales, y, extent)), w);
  }
};

} // namespace

void steepest::attachOblique(MLIRContext &context) {
  ObliqueColumnsAttr::attachInterface<
      ObliqueModel<ObliqueColumnsAttr, matrix::Extent::Column>>(context);
  ObliqueRowsAttr::attachInterface<
      ObliqueModel<ObliqueRowsAttr, matrix::Extent::Row>>(context);
}
