//===- Stiefel.cpp - orthonormal columns or rows --------------------------===//
//
// Tall W (rows >= cols) has W^T W = I; x is tangent when W^T x is skew. Wide W
// is the transpose of a tall one: W W^T = I, x W^T skew. The orthogonal group
// is the square case.
//
// Retractions. A tangent step Y = W - rate phi has Y^T Y = I + rate^2 phi^T phi
// and therefore singular values in [1, sqrt(1 + rate^2 ||phi||^2)]: it is never
// far from the manifold, and one Newton-Schulz step for the polar factor,
// Y (3 I - Y^T Y) / 2, maps s = 1 + d to 1 - 3/2 d^2 + O(d^3). Scaling Y so
// that the interval is centred at 1 halves d and leaves (3/32) rate^4.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Manifolds.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// Y^T Y or Y Y^T, whichever is the smaller, times `alpha` plus `gamma` I.
static Value buildSmallGram(FormulaBuilder &m, Value y, bool tall, double alpha,
                            double gamma) {
  FormulaBuilder::ProductOptions options;
  options.transposeLhs = tall;
  options.transposeRhs = !tall;
  options.symmetric = true;
  options.alpha = m.constant(alpha);
  options.gamma = m.constant(gamma);
  return m.product(y, y, options);
}

/// W^T X for tall W, X W^T for wide W: skew when X is tangent.
static Value buildMixed(FormulaBuilder &m, Value w, Value x, bool tall) {
  return tall ? m.productTN(w, x) : m.productNT(x, w);
}

/// alpha W S (tall) or alpha S W (wide), plus `addend` when given.
static Value applySmall(FormulaBuilder &m, Value w, Value s, bool tall,
                        double alpha, Value addend) {
  FormulaBuilder::ProductOptions options;
  options.alpha = m.constant(alpha);
  if (addend) {
    options.beta = m.constant(1);
    options.addend = addend;
  }
  return tall ? m.product(w, s, options) : m.product(s, w, options);
}

static Value buildMaxAbs(FormulaBuilder &m, Value x) {
  return m.max(m.toF64(m.maxAbs(x)), m.constant(0));
}

/// One centred Newton-Schulz step, written as Y + Y (I - Y^T Y) / 2: the
/// correction is small, so that its rounding does not count.
static Value buildCubic(FormulaBuilder &m, Value w, Value phi, Value rate,
                        bool tall) {
  // ||phi||_2 <= min(1, ||phi||_F); without the second, a zero direction would
  // pull W off centre.
  Value length = m.min(m.constant(1), m.frobenius(phi));
  Value largest =
      m.sqrt(m.add(m.constant(1), m.square(m.mul(m.toF64(rate), length))));
  Value centre = m.div(m.constant(2), m.add(m.constant(1), largest));
  Value y = roundLike(m, m.mul(buildStep(m, w, phi, rate), centre), w);
  Value half = buildSmallGram(m, y, tall, -0.5, 0.5);
  return applySmall(m, y, half, tall, 1, y);
}

/// The nearest point: the polar factor of the step.
static Value buildPolar(FormulaBuilder &m, Value w, Value phi, Value rate) {
  Value y = roundLike(m, buildStep(m, w, phi, rate), w);
  auto exact = matrix::ExactAttr::get(m.getBuilder().getContext());
  return m.msign(y, exact).result;
}

namespace {

/// The orthogonal group is square: tall, and known to be.
template <typename Attr>
struct StiefelModel
    : ManifoldModelAttrInterface::ExternalModel<StiefelModel<Attr>, Attr> {
  using Builder = FormulaBuilder;

  static Value
  byOrientation(Builder &m, Value w,
                llvm::function_ref<Value(Builder &m, bool tall)> body) {
    if constexpr (std::is_same_v<Attr, OrthogonalAttr>)
      return body(m, true);
    else
      return m.byOrientation(w, [&](Builder &inner, bool tall) {
        return SmallVector<Value>{body(inner, tall)};
      })[0];
  }

  /// x - W sym(W^T x). Should W have drifted off the manifold, <x, Phi> of a
  /// tangent Phi is still that of the projection, and projecting again makes
  /// the tangency quadratically small in the drift.
  Value buildProjection(Attribute, Builder &m, Value w, Value x) const {
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      return applySmall(m, w, m.sym(buildMixed(m, w, x, tall)), tall, -1, x);
    });
  }

  /// max |W^T x + x^T W|.
  Value buildTangency(Attribute, Builder &m, Value w, Value x) const {
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      Value mixed = buildMixed(m, w, x, tall);
      return buildMaxAbs(m, m.add(mixed, m.transpose(mixed)));
    });
  }

  /// ||W^T W - I||_F / sqrt(cols).
  Value buildDistance(Attribute, Builder &m, Value w) const {
    Value error = byOrientation(m, w, [&](Builder &m, bool tall) {
      return m.frobenius(buildSmallGram(m, w, tall, 1, -1));
    });
    Value smaller = m.min(m.toFloat(m.rows(w)), m.toFloat(m.cols(w)));
    return m.divOrZero(error, m.sqrt(smaller));
  }

  Value buildRetraction(Attribute, Builder &m, StringRef name, Value w,
                        Value phi, Value rate) const {
    if (name == "polar")
      return buildPolar(m, w, phi, rate);
    return byOrientation(m, w, [&](Builder &m, bool tall) {
      return buildCubic(m, w, phi, rate, tall);
    });
  }
};

} // namespace

void steepest::attachStiefel(MLIRContext &context) {
  StiefelAttr::attachInterface<StiefelModel<StiefelAttr>>(context);
  OrthogonalAttr::attachInterface<StiefelModel<OrthogonalAttr>>(context);
}
