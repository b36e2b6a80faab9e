//===- Oblique.cpp - columns or rows of one length ------------------------===//
//
// A product of spheres of one radius r: every column (row) is a point on one,
// with its own normal.
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
  static double getRadius(Attribute attr) {
    return cast<Attr>(attr).getRadius();
  }

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

  /// max_j | ||w_j|| / r - 1 |.
  Value buildDistance(Attribute attr, FormulaBuilder &m, Value w) const {
    Value lengths = m.sqrt(buildDots(m, w, w));
    Value relative = m.div(lengths, m.constant(getRadius(attr)));
    Value errors = m.abs(m.sub(relative, m.constant(1)));
    return m.max(m.maximum(errors), m.constant(0));
  }

  /// `normalize`: every column (row) of the step brought to the length r.
  Value buildRetraction(Attribute attr, FormulaBuilder &m, StringRef, Value w,
                        Value phi, Value rate) const {
    Value y = buildStep(m, w, phi, rate);
    Value radius = m.constant(getRadius(attr));
    Value scales = m.divOrZero(radius, m.sqrt(buildDots(m, y, y)));
    return roundLike(m, m.mul(y, m.broadcast(scales, y, extent)), w);
  }

  Value buildNormal(Attribute, FormulaBuilder &, Value w) const { return w; }

  /// r w_j / ||w_j||, and (1, ..., 1) r / sqrt(n) for zero columns (rows) of n
  /// entries, from which all points are equally far.
  Value buildNearest(Attribute attr, FormulaBuilder &m, Value w) const {
    Value w64 = m.toF64(w);
    Value largest = m.maximum(m.abs(w64), extent);
    Value scales = m.divOrZero(m.constant(1), largest);
    Value y = m.mul(w64, m.broadcast(scales, w64, extent));
    Value lengths = m.sqrt(buildDots(m, y, y));
    Value radius = m.constant(getRadius(attr));
    Value factors = m.divOrZero(radius, lengths);
    Value size =
        m.toFloat(extent == matrix::Extent::Column ? m.rows(w) : m.cols(w));
    Value isZero = m.compare(arith::CmpFPredicate::OEQ, lengths, m.constant(0));
    Value fallbacks =
        m.select(isZero, m.divOrZero(radius, m.sqrt(size)), m.constant(0));
    return roundLike(m,
                     m.add(m.mul(y, m.broadcast(factors, y, extent)),
                           m.broadcast(fallbacks, y, extent)),
                     w);
  }
};

} // namespace

void steepest::attachOblique(MLIRContext &context) {
  ObliqueColumnsAttr::attachInterface<
      ObliqueModel<ObliqueColumnsAttr, matrix::Extent::Column>>(context);
  ObliqueRowsAttr::attachInterface<
      ObliqueModel<ObliqueRowsAttr, matrix::Extent::Row>>(context);
}
