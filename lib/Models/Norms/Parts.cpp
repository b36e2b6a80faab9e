//===- Parts.cpp - the largest norm of a column, of a row -----------------===//
//
// max_j ||x_j|| over columns (rows) has the dual sum_j ||x_j||*: every column
// is a problem of its own, and the dualizer that of every column. The gradient
// is that of the longest column (the first of several), alone.
//
// One pass serves all columns: the formulas of a norm of vectors are written
// here with one value per column where the norm has a scalar, for l1, lp and
// linf_l2; l2, linf and multiples have simpler canonical forms.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Loop.h"
#include "lib/Models/Norms/Clip.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using arith::CmpIPredicate;
using matrix::Extent;
using matrix::Fold;
using matrix::FormulaBuilder;

namespace {
/// What the norms of the columns (rows) of x, which is f64, share.
class Parts : public PartsNorm {
public:
  Parts(FormulaBuilder &m, Value x, Extent extent)
      : m(m), x(x), magnitudes(m.abs(x)), extent(extent) {}

protected:
  Value fold(Fold kind, Value value) { return m.reduce(kind, value, extent); }
  Value spread(Value vector) { return m.broadcast(vector, x, extent); }
  Value largest() {
    return m.max(fold(Fold::Maximum, magnitudes), m.constant(0));
  }
  /// The sign of the first largest entry of every column, alone.
  Value firstLargest();

  FormulaBuilder &m;
  Value x, magnitudes;
  Extent extent;
};

class L1Parts : public Parts {
public:
  using Parts::Parts;
  Value norms() override { return fold(Fold::Sum, magnitudes); }
  Value duals() override { return largest(); }
  Value dualizers() override { return firstLargest(); }
  Value gradients() override { return m.sign(x); }
  Value nearest(Value radius) override;
};

class LpParts : public Parts {
public:
  LpParts(FormulaBuilder &m, Value x, Extent extent, double p)
      : Parts(m, x, extent), p(p), top(largest()),
        t(m.div(magnitudes, spread(positiveOrOne(m, top)))) {}
  Value norms() override { return powers(p); }
  Value duals() override { return powers(p / (p - 1)); }
  Value dualizers() override { return dualizersOf(p); }
  Value gradients() override { return dualizersOf(p / (p - 1)); }

private:
  Value powers(double p) {
    return m.mul(top, m.pow(fold(Fold::Sum, buildPower(m, t, p)), 1 / p));
  }
  /// As in Lp.cpp.
  Value dualizersOf(double p) {
    Value power = buildPower(m, t, 1 / (p - 1));
    Value sum = fold(Fold::Sum, m.mul(power, t));
    Value scale = inverseOrZero(m, m.pow(sum, 1 / p));
    return m.mul(m.mul(m.sign(x), power), spread(scale));
  }

  double p;
  Value top, t;
};

class LinfL2Parts : public Parts {
public:
  LinfL2Parts(FormulaBuilder &m, Value x, Extent extent, double radius)
      : Parts(m, x, extent), radius(radius) {}
  Value norms() override {
    return m.max(largest(), m.mul(lengths(), m.constant(1 / radius)));
  }
  Value duals() override { return clip().bound(m, magnitudes); }
  Value dualizers() override { return m.mul(m.sign(x), clip().clipped(m)); }
  Value gradients() override;
  Value nearest(Value limit) override {
    return m.mul(m.sign(x), clip().nearest(m, limit));
  }

private:
  Clip clip() { return Clip(m, magnitudes, radius, extent); }
  Value lengths() { return m.sqrt(fold(Fold::Sum, m.square(x))); }

  double radius;
};
} // namespace

Value Parts::firstLargest() {
  Value index = m.indices(extent == Extent::Column ? matrix::IndexKind::Row
                                                   : matrix::IndexKind::Column,
                          x);
  Value isLargest = m.compare(CmpFPredicate::OEQ, magnitudes,
                              spread(fold(Fold::Maximum, magnitudes)));
  Value never = m.broadcast(m.integer(INT64_MAX), index);
  Value first = fold(Fold::Minimum, m.select(isLargest, index, never));
  Value chosen =
      m.compareInt(CmpIPredicate::eq, index, m.broadcast(first, index, extent));
  return m.select(chosen, m.sign(x), m.constant(0));
}

/// Soft thresholds t_j >= 0 with sum_i max(a_ij - t_j, 0) = radius, by Newton's
/// method on convex piecewise linear functions (Michelot 1986): from below it
/// passes each kink at most once.
Value L1Parts::nearest(Value radius) {
  auto raise = [&](FormulaBuilder &m, Value t) {
    Value above =
        m.compare(CmpFPredicate::OGT, magnitudes, m.broadcast(t, x, extent));
    Value sum =
        m.reduce(Fold::Sum, m.select(above, magnitudes, m.constant(0)), extent);
    Value count = m.reduce(Fold::Sum, m.toF64(above), extent);
    return m.max(t, m.divOrZero(m.sub(sum, radius), count));
  };
  Value start = m.mul(norms(), m.constant(0));
  Value thresholds = buildLoop(
      m, {raise(m, start), start},
      [&](FormulaBuilder &m, ValueRange state) {
        Value isRising = m.compare(CmpFPredicate::OGT, state[0], state[1]);
        return m.compare(CmpFPredicate::OGT, m.maximum(m.toF64(isRising)),
                         m.constant(0));
      },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        return {raise(m, state[0]), state[0]};
      })[0];
  Value lowered = m.max(m.sub(magnitudes, spread(thresholds)), m.constant(0));
  return m.mul(m.sign(x), lowered);
}

Value LinfL2Parts::gradients() {
  Value length = lengths(), inverse = m.constant(1 / radius);
  Value isLargest =
      m.compare(CmpFPredicate::OGE, largest(), m.mul(length, inverse));
  Value whole = m.mul(x, spread(m.mul(inverseOrZero(m, length), inverse)));
  return m.select(spread(isLargest), firstLargest(), whole);
}

namespace {

struct L1PartsModel
    : PartsNormModelAttrInterface::ExternalModel<L1PartsModel, L1Attr> {
  std::unique_ptr<PartsNorm> buildParts(Attribute, FormulaBuilder &m, Value x,
                                        Extent extent) const {
    return std::make_unique<L1Parts>(m, x, extent);
  }
};

struct LpPartsModel
    : PartsNormModelAttrInterface::ExternalModel<LpPartsModel, LpAttr> {
  std::unique_ptr<PartsNorm> buildParts(Attribute attr, FormulaBuilder &m,
                                        Value x, Extent extent) const {
    return std::make_unique<LpParts>(m, x, extent, cast<LpAttr>(attr).getP());
  }
};

struct LinfL2PartsModel
    : PartsNormModelAttrInterface::ExternalModel<LinfL2PartsModel, LinfL2Attr> {
  std::unique_ptr<PartsNorm> buildParts(Attribute attr, FormulaBuilder &m,
                                        Value x, Extent extent) const {
    return std::make_unique<LinfL2Parts>(m, x, extent,
                                         cast<LinfL2Attr>(attr).getRadius());
  }
};

/// The largest norm of a column (row).
template <typename Attr, Extent extent>
struct LargestPartModel
    : NormModelAttrInterface::ExternalModel<LargestPartModel<Attr, extent>,
                                            Attr> {
  static std::unique_ptr<PartsNorm> getParts(FormulaBuilder &m, Attribute attr,
                                             Value x) {
    auto norm = cast<PartsNormModelAttrInterface>(cast<Attr>(attr).getNorm());
    return norm.buildParts(m, m.toF64(x), extent);
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildNorm(m, x, operands);
    auto parts = getParts(m, attr, x);
    return m.max(m.maximum(parts->norms()), m.constant(0));
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildDualNorm(m, x, operands);
    return m.sum(getParts(m, attr, x)->duals());
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x,
                         ValueRange operands, Attribute contract) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildDualizer(m, x, operands, contract);
    auto parts = getParts(m, attr, x);
    return {m.cast(parts->dualizers(), getElementTypeOrSelf(x.getType())),
            m.sum(parts->duals()), m.constant(1), /*attained=*/true};
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildGradient(m, x, operands);
    auto parts = getParts(m, attr, x);
    Value lengths = parts->norms();
    Value isLongest = m.compareInt(
        CmpIPredicate::eq, m.indices(matrix::IndexKind::Linear, lengths),
        m.argmax(lengths));
    Value gradients = parts->gradients();
    Value kept =
        m.mul(gradients, m.broadcast(m.toF64(isLongest), gradients, extent));
    return m.cast(kept, getElementTypeOrSelf(x.getType()));
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange operands, Value radius) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildBallProjection(m, x, operands, radius);
    Value nearest = getParts(m, attr, x)->nearest(radius);
    return nearest ? m.cast(nearest, getElementTypeOrSelf(x.getType()))
                   : Value();
  }
};

} // namespace

void steepest::attachPartsNorms(MLIRContext &context) {
  L1Attr::attachInterface<L1PartsModel>(context);
  LpAttr::attachInterface<LpPartsModel>(context);
  LinfL2Attr::attachInterface<LinfL2PartsModel>(context);
  MaxColumnsAttr::attachInterface<
      LargestPartModel<MaxColumnsAttr, Extent::Column>>(context);
  MaxRowsAttr::attachInterface<LargestPartModel<MaxRowsAttr, Extent::Row>>(
      context);
}
