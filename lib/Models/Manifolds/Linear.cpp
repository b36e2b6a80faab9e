//===- Linear.cpp - linear and affine sets --------------------------------===//
//
// Sums of rows or columns, (skew) symmetry, the trace. Tangent vectors are
// those of the linear space, at every point; the nearest point is the
// projection. The retraction is the step itself, placed anew because it was
// rounded.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Manifolds.h"

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

/// ||w - place(w)|| / ||w||.
static Value buildRelativeDistance(FormulaBuilder &m, Value w, Value placed) {
  return m.divOrZero(m.frobenius(m.sub(w, placed)), m.frobenius(w));
}

/// 1 where a length exceeds what rounding leaves of `whole`, a length of so
/// many numbers, and 0 elsewhere. An input that is all normal is placed at 0,
/// not at the rounding of the subtraction, which is as much off the manifold as
/// the input was. Placed again, the rest loses what rounding left there.
static Value buildIsLeft(FormulaBuilder &m, Value length, Value whole,
                         Value count) {
  Value relative = m.mul(m.sqrt(count), m.constant(8 * 0x1p-52));
  Value isLeft =
      m.compare(arith::CmpFPredicate::OGT, length, m.mul(whole, relative));
  return m.cast(isLeft, m.f64());
}

namespace {

//===----------------------------------------------------------------------===//
// Zero sums
//===----------------------------------------------------------------------===//

/// Every row (column) has the one normal (1, ..., 1). The projection is a
/// product with I - 1 1^T / n from the right (left).
template <typename Attr, Extent extent>
struct ZeroSumsModel
    : ManifoldModelAttrInterface::ExternalModel<ZeroSumsModel<Attr, extent>,
                                                Attr> {
  static Value buildSize(FormulaBuilder &m, Value x) {
    return m.toFloat(extent == Extent::Row ? m.cols(x) : m.rows(x));
  }

  /// x minus the means of its rows (columns), in float64.
  static Value place(FormulaBuilder &m, Value x) {
    x = m.toF64(x);
    Value means = m.divOrZero(m.sum(x, extent), buildSize(m, x));
    return m.sub(x, m.broadcast(means, x, extent));
  }

  Value buildProjection(Attribute, FormulaBuilder &m, Value, Value x) const {
    return roundLike(m, place(m, x), x);
  }

  /// The largest component along a unit normal.
  Value buildTangency(Attribute, FormulaBuilder &m, Value, Value x) const {
    Value sums = buildMaxAbs(m, m.sum(m.toF64(x), extent));
    return m.divOrZero(sums, m.sqrt(buildSize(m, x)));
  }

  Value buildDistance(Attribute, FormulaBuilder &m, Value w) const {
    Value w64 = m.toF64(w);
    return buildRelativeDistance(m, w64, place(m, w64));
  }

  Value buildRetraction(Attribute, FormulaBuilder &m, StringRef, Value w,
                        Value phi, Value rate) const {
    return roundLike(m, place(m, buildStep(m, w, phi, rate)), w);
  }

  Value buildNormal(Attribute, FormulaBuilder &m, Value w) const {
    return m.broadcast(m.constant(1, getElementTypeOrSelf(w.getType())), w);
  }

  Value buildNearest(Attribute, FormulaBuilder &m, Value w) const {
    auto length = [&](Value x) {
      return m.sqrt(m.sum(m.square(m.toF64(x)), extent));
    };
    Value placed = place(m, w);
    Value isLeft = buildIsLeft(m, length(placed), length(w), buildSize(m, w));
    placed = m.mul(placed, m.broadcast(isLeft, placed, extent));
    return roundLike(m, place(m, placed), w);
  }
};

//===----------------------------------------------------------------------===//
// Symmetry
//===----------------------------------------------------------------------===//

template <typename Attr, bool isSkew>
struct SymmetryModel
    : ManifoldModelAttrInterface::ExternalModel<SymmetryModel<Attr, isSkew>,
                                                Attr> {
  /// `body`, and `other` for matrices that are not square, whose transposes
  /// have another shape.
  static Value ifSquare(FormulaBuilder &m, Value x,
                        llvm::function_ref<Value(FormulaBuilder &)> body,
                        llvm::function_ref<Value(FormulaBuilder &)> other) {
    Value isSquare = buildIsSquare(m, x);
    if (!isSquare)
      return body(m);
    return m.branch(
        isSquare,
        [&](FormulaBuilder &m) { return SmallVector<Value>{body(m)}; },
        [&](FormulaBuilder &m) { return SmallVector<Value>{other(m)}; })[0];
  }

  static Value place(FormulaBuilder &m, Value x) {
    return ifSquare(
        m, x, [&](FormulaBuilder &m) { return isSkew ? m.skew(x) : m.sym(x); },
        [&](FormulaBuilder &) { return x; });
  }

  Value buildProjection(Attribute, FormulaBuilder &m, Value, Value x) const {
    return place(m, x);
  }

  /// The largest component along a unit normal, (e_i e_j^T -+ e_j e_i^T) /
  /// sqrt(2), or e_i e_i^T on the diagonal of skew ones.
  Value buildTangency(Attribute, FormulaBuilder &m, Value, Value x) const {
    Value x64 = m.toF64(x);
    return ifSquare(
        m, x64,
        [&](FormulaBuilder &m) {
          Value flipped = m.transpose(x64);
          Value defect = isSkew ? m.add(x64, flipped) : m.sub(x64, flipped);
          return m.mul(buildMaxAbs(m, defect), m.constant(M_SQRT1_2));
        },
        [&](FormulaBuilder &m) { return m.constant(0); });
  }

  Value buildDistance(Attribute, FormulaBuilder &m, Value w) const {
    Value w64 = m.toF64(w);
    Value distance = buildRelativeDistance(m, w64, place(m, w64));
    return buildSquareDistance(m, w, distance);
  }

  Value buildRetraction(Attribute, FormulaBuilder &m, StringRef, Value w,
                        Value phi, Value rate) const {
    return roundLike(m, place(m, buildStep(m, w, phi, rate)), w);
  }

  Value buildNearest(Attribute, FormulaBuilder &m, Value w) const {
    return place(m, w);
  }
};

//===----------------------------------------------------------------------===//
// Trace
//===----------------------------------------------------------------------===//

/// The one normal is I, of length sqrt(n).
struct FixedTraceModel
    : ManifoldModelAttrInterface::ExternalModel<FixedTraceModel,
                                                FixedTraceAttr> {
  static Value buildTrace(FormulaBuilder &m, Value x) {
    return m.dot(x, m.identity(x));
  }

  /// x + (trace - tr x) / n I, in float64.
  static Value place(FormulaBuilder &m, Value x, double trace) {
    x = m.toF64(x);
    Value missing = m.sub(m.constant(trace), buildTrace(m, x));
    Value share = m.divOrZero(missing, m.toFloat(m.rows(x)));
    return m.add(x, m.mul(m.identity(x), share));
  }
  static double getTrace(Attribute attr) {
    return cast<FixedTraceAttr>(attr).getTrace();
  }

  Value buildProjection(Attribute, FormulaBuilder &m, Value, Value x) const {
    return roundLike(m, place(m, x, 0), x);
  }

  /// The component along the unit normal.
  Value buildTangency(Attribute, FormulaBuilder &m, Value, Value x) const {
    return m.divOrZero(m.abs(buildTrace(m, x)), m.sqrt(m.toFloat(m.rows(x))));
  }

  /// |tr w - trace| / sqrt(n), relative to w or to the least point of the
  /// manifold, whichever is the longer.
  Value buildDistance(Attribute attr, FormulaBuilder &m, Value w) const {
    Value missing = m.abs(m.sub(m.constant(getTrace(attr)), buildTrace(m, w)));
    Value size = m.sqrt(m.toFloat(m.rows(w)));
    Value least = m.constant(std::abs(getTrace(attr)));
    Value length = m.max(m.mul(m.frobenius(w), size), least);
    return buildSquareDistance(m, w, m.divOrZero(missing, length));
  }

  Value buildRetraction(Attribute attr, FormulaBuilder &m, StringRef, Value w,
                        Value phi, Value rate) const {
    Value y = buildStep(m, w, phi, rate);
    return roundLike(m, place(m, y, getTrace(attr)), w);
  }

  Value buildNormal(Attribute, FormulaBuilder &m, Value w) const {
    return m.identity(w);
  }

  Value buildNearest(Attribute attr, FormulaBuilder &m, Value w) const {
    Value placed = place(m, w, getTrace(attr));
    Value isLeft =
        buildIsLeft(m, m.frobenius(placed), m.frobenius(w), m.count(w));
    return roundLike(m, place(m, m.mul(placed, isLeft), getTrace(attr)), w);
  }
};

} // namespace

void steepest::attachLinear(MLIRContext &context) {
  ZeroRowSumsAttr::attachInterface<ZeroSumsModel<ZeroRowSumsAttr, Extent::Row>>(
      context);
  ZeroColumnSumsAttr::attachInterface<
      ZeroSumsModel<ZeroColumnSumsAttr, Extent::Column>>(context);
  SymmetricAttr::attachInterface<SymmetryModel<SymmetricAttr, false>>(context);
  SkewSymmetricAttr::attachInterface<SymmetryModel<SkewSymmetricAttr, true>>(
      context);
  FixedTraceAttr::attachInterface<FixedTraceModel>(context);
}
