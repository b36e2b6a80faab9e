//===- PrimalDualNewton.cpp - spectral norm x Stiefel manifold ------------===//
//
//   maximise <G, Phi>  over  sym(W^T Phi) = 0,  ||Phi||_2 <= 1,
//
// for W of n x m with n >= m and W^T W = I. There is no closed form for n > m.
// Split G = W B + R with W^T R = 0. The part sym B is normal to the manifold,
// so only K = skew B and R matter, and the dual problem is
//
//   minimise over symmetric C   || Z ||_*,   Z = W (K + C) + R,
//   P = Z^T Z = N^T N + T,      N = K + C,   T = R^T R:
//
// everything but the first and the last step is m x m. With Q = P^(1/2) the
// optimum is Phi = Z Q^-1 whenever Q is regular; at an odd 2m - n it never is,
// so the iteration carries the skew A = W^T Phi besides C. Each iteration is
// one eigen-decomposition of P, smoothed to Q = (P + e^2)^(1/2) with e tied to
// the measured gap, and one Newton step on  Phi Q = Z, sym(A) = 0  in which
// Phi is an unknown of its own (the lagged linearisation of Chan, Golub and
// Mulet): its operator is positive semidefinite for every ||A|| <= 1, and
// conjugate gradients solve it in the eigenbasis.
//
// Every exit returns a feasible Phi, its value, and an upper bound of what any
// feasible direction attains.
//
// Conventions. `vectors` holds eigenvectors in rows (V^T in the formulas). Hats
// are matrices in the eigenbasis: X^ = V^T X V. The machine epsilon of the data
// is called epsilon, that of the arithmetic precision, the smoothing e
// smoothing.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/PrimalDualNewton/PrimalDualNewton.h"
#include "lib/Models/EigenvalueBound.h"
#include "lib/Models/Loop.h"
#include "lib/Models/Methods/PrimalDualNewton/Newton.h"
#include "runtime/steepest.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using namespace steepest::primaldual;
using arith::CmpFPredicate;

/// The largest power of two that is not above x, by doubling and halving: exact
/// on every machine, so the direction depends on the gradient's scale in no
/// bit. Zero and subnormal numbers count as the smallest normal one.
static Value buildPowerOfTwo(FormulaBuilder &m, Value x) {
  Value least = m.constant(std::numeric_limits<double>::min());
  Value target = m.max(x, least);
  auto scaleWhile = [&](Value from, CmpFPredicate predicate, double factor,
                        bool after) {
    return buildLoop(
        m, {from},
        [&](FormulaBuilder &m, ValueRange power) {
          Value next = after ? m.mul(power[0], m.constant(factor)) : power[0];
          return m.compare(predicate, next, target);
        },
        [&](FormulaBuilder &m, ValueRange power) {
          return Values{m.mul(power[0], m.constant(factor))};
        })[0];
  };
  Value notAbove = scaleWhile(m.constant(1), CmpFPredicate::OGT, 0.5, false);
  return scaleWhile(notAbove, CmpFPredicate::OLE, 2, true);
}

namespace {
/// G = W B + R with W^T R = 0, in units of `scale`.
struct Split {
  Value scale, gradient, gradientNorm, wGram, r;
  /// skew B and R^T R, divided by `unit` and its square.
  Value k, t, unit;
  /// Whether more is left of G than its rounding, which is `noise`.
  Value isActive, noise;
};
} // namespace

/// X + factor A B.
static Value addProduct(FormulaBuilder &m, Value a, Value b, double factor,
                        Value x, double share = 1) {
  FormulaBuilder::ProductOptions options;
  options.alpha = m.constant(factor);
  options.beta = m.constant(share);
  options.addend = x;
  return m.product(a, b, options);
}

static Split split(FormulaBuilder &m, Value w, Value g, double epsilon) {
  Split s;
  Value magnitude = m.toF64(m.maxAbs(g));
  Value isZero = m.compare(CmpFPredicate::OEQ, magnitude, m.constant(0));
  s.scale = m.select(isZero, m.constant(1), buildPowerOfTwo(m, magnitude));
  s.gradient = m.div(g, s.scale);
  s.gradientNorm = m.frobenius(s.gradient);

  // One projection leaves W^T R = (I - W^T W) B, so a second one adds that to
  // B; with the Gram matrix at hand (the drift needs it) both take one pass.
  // Never through G^T G: an aligned gradient would cancel.
  s.wGram = m.gram(w);
  Value projection = m.productTN(w, s.gradient);
  Value b = addProduct(m, s.wGram, projection, -1, projection, 2);
  s.r = addProduct(m, w, b, -1, s.gradient);
  Value k = m.skew(b);
  Value t = m.gram(s.r);

  // Units in which ||[K; R]||_F = sqrt(m), so ||[K; R]||_* <= m.
  Value size = m.sqrt(m.toFloat(m.cols(w)));
  Value tangentNorm = m.sqrt(m.add(m.dot(k, k), m.dot(m.identity(t), t)));
  // A tangent gradient within the rounding of G is noise. Such a gradient, or
  // zero, skips the loop, and what follows gives Phi = 0 and a true bound.
  s.noise = m.mul(m.mul(size, m.constant(epsilon)), s.gradientNorm);
  s.isActive =
      m.compare(CmpFPredicate::OGT, tangentNorm, m.mul(s.noise, m.constant(8)));
  s.unit = m.select(s.isActive, m.div(tangentNorm, size), m.constant(1));
  s.k = m.div(k, s.unit);
  s.t = m.div(t, m.square(s.unit));
  return s;
}

namespace {
/// X and max |sym(W^T X)|.
struct Tangent {
  Value x, tangency;
};
} // namespace

/// Up to so many units of the data's rounding Phi counts as tangent: rounding
/// its entries moves W^T Phi by as much.
static constexpr double tangentUnits = 2;

/// Phi = W A + R B / unit, which is tangent up to what R / q makes of its
/// rounding. Where that is more than Phi's own, it is projected onto the
/// tangent space, twice: W^T W is not quite the identity, so W sym(W^T Phi)
/// must be followed by what it left, sym((I - W^T W) sym(W^T Phi)).
static Tangent recover(FormulaBuilder &m, const Split &s, Value w,
                       const State &state, double epsilon) {
  Value top = fromEigenbasis(m, state.bestBasis, state.bestTop, false);
  Value bottom = m.div(
      fromEigenbasis(m, state.bestBasis, state.bestBottom, false), s.unit);
  Value raw = addProduct(m, s.r, bottom, 1, m.product(w, top));
  Value normal = m.sym(m.productTN(w, raw));
  Value size = m.toF64(m.maxAbs(normal));
  SmallVector<Value> tangent = m.branch(
      m.compare(CmpFPredicate::OLE, size, m.constant(tangentUnits * epsilon)),
      [&](FormulaBuilder &) { return SmallVector<Value>{raw, size}; },
      [&](FormulaBuilder &m) {
        Value twice = addProduct(m, s.wGram, normal, -1, normal, 2);
        Value projected = addProduct(m, w, m.sym(twice), -1, raw);
        Value left = m.maxAbs(m.sym(m.productTN(w, projected)));
        return SmallVector<Value>{projected, m.toF64(left)};
      });
  return {tangent[0], tangent[1]};
}

/// An upper bound of ||x||_2, at least 1. x is in the ball already, up to its
/// rounding; in float64, whose Cholesky factors prove it up to m^2 units.
static Value normAboveOne(FormulaBuilder &m, Value x, double precision) {
  Value units = m.mul(m.square(m.toFloat(m.cols(x))),
                      m.constant(std::numeric_limits<double>::epsilon()));
  Value slack = m.max(units, m.constant(16 * precision));
  Value largest =
      buildEigenvalueBound(m, m.toF64(m.gram(x)), m.constant(4 * precision));
  return m.sqrt(m.mul(largest, m.add(m.constant(1), slack)));
}

static Value squaredLengths(FormulaBuilder &m, Value x) {
  return m.sum(m.square(m.toF64(x)), matrix::Extent::Column);
}

/// ||Z||_* <= sum_i ||Z v_i|| for any orthonormal basis, with equality for the
/// right singular vectors of Z = W (K + C) + R / unit: a bound that does not
/// suffer from the squares in P.
static Value boundDual(FormulaBuilder &m, const Split &s, const State &state,
                       Value below, double precision) {
  Value lengths = m.sqrt(m.add(squaredLengths(m, state.upperN), below));
  // The basis is orthonormal to rounding.
  return m.mul(m.sum(lengths), m.constant(1 + 128 * precision));
}

/// ||R v_i||^2 / unit^2 from R.
static Value measureBelow(FormulaBuilder &m, const Split &s,
                          const State &state) {
  return m.div(squaredLengths(m, m.productNT(s.r, state.upperBasis)),
               m.square(s.unit));
}

/// The same from T = R^T R / unit^2, plus what T is not known to: m x m, and
/// good where singular values are not small beside the largest.
static Value estimateBelow(FormulaBuilder &m, const Split &s,
                           const State &state, double precision) {
  Value basis = state.upperBasis;
  Value squares = m.sum(m.mul(m.toF64(m.product(basis, s.t)), m.toF64(basis)),
                        matrix::Extent::Row);
  Value unknown = m.mul(m.frobenius(s.t), m.constant(64 * precision));
  return m.add(m.max(squares, m.constant(0)), unknown);
}

NewtonResult steepest::buildPrimalDualNewton(FormulaBuilder &m, Value w,
                                             Value g, Value y, Value tolerance,
                                             double epsilon, int64_t budget) {
  Type element = getElementTypeOrSelf(w);
  double precision = element.isF64()
                         ? std::numeric_limits<double>::epsilon()
                         : double(std::numeric_limits<float>::epsilon());
  Split s = split(m, w, g, epsilon);
  Iteration iteration(m, s.k, s.t, tolerance, precision, epsilon);

  Value isSquare = m.compareInt(arith::CmpIPredicate::eq, m.rows(w), m.cols(w));
  Value warm, isWarm;
  if (y) {
    warm = m.div(m.div(m.sym(y), s.scale), s.unit);
    Value length = m.frobenius(warm);
    Value isFinite =
        m.compare(CmpFPredicate::OLT, length,
                  m.constant(std::numeric_limits<double>::infinity()));
    // Zero, as it is before the first step, is no start.
    Value isGiven = m.logicalAnd(
        isFinite, m.compare(CmpFPredicate::OGT, length, m.constant(0)));
    Value isTall = m.select(isSquare, m.truth(false), m.truth(true));
    isWarm = m.logicalAnd(m.logicalAnd(isGiven, isTall), s.isActive);
  }
  State end = State::unpack(buildLoop(
      m, iteration.start(m, warm, isWarm, isSquare, s.isActive).pack(),
      [&](FormulaBuilder &m, ValueRange values) {
        State state = State::unpack(values);
        Value isAllowed = m.compare(CmpFPredicate::OLT, state.iteration,
                                    m.constant(double(budget)));
        return m.logicalAnd(state.running, isAllowed);
      },
      [&](FormulaBuilder &m, ValueRange values) {
        return iteration.iterate(m, State::unpack(values)).pack();
      }));

  // Into the unit ball with room for rounding Phi to its declared type.
  NewtonResult result;
  Tangent tangent = recover(m, s, w, end, epsilon);
  Value length =
      m.mul(normAboveOne(m, tangent.x, precision), m.constant(1 + 2 * epsilon));
  result.phi = m.div(tangent.x, length);
  Value value = m.dot(s.gradient, result.phi);
  result.value = m.mul(value, s.scale);
  result.tangency = tangent.tangency;

  // ||Z||_* is 1-Lipschitz in the nuclear norm: the rounding of the data, and
  // of what was computed from it, moves the bound by that of G, the drift of W
  // from its manifold by ||W^T W - I||_F relative.
  Value drift = m.frobenius(m.sub(s.wGram, m.identity(s.wGram)));
  auto boundBy = [&](FormulaBuilder &m, Value dual) {
    return m.add(
        m.mul(m.mul(dual, s.unit), m.add(drift, m.constant(1 + 4 * epsilon))),
        m.mul(s.noise, m.constant(4 + 12 * precision / epsilon)));
  };
  auto certifies = [&](FormulaBuilder &m, Value bound) {
    // No bound is infinite.
    return m.compare(CmpFPredicate::OGE, value,
                     m.mul(bound, m.sub(m.constant(1), tolerance)));
  };
  // What the loop proved, or a product of T, or one of R where neither does.
  Value proved = boundBy(m, end.proved);
  auto orElse = [&](FormulaBuilder &m, Value bound,
                    function_ref<Value(FormulaBuilder &)> below) {
    return m.branch(
        certifies(m, bound),
        [&](FormulaBuilder &) { return SmallVector<Value>{bound}; },
        [&](FormulaBuilder &m) {
          Value dual = boundDual(m, s, end, below(m), precision);
          return SmallVector<Value>{m.min(bound, boundBy(m, dual))};
        })[0];
  };
  Value estimate = orElse(m, proved, [&](FormulaBuilder &m) {
    return estimateBelow(m, s, end, precision);
  });
  Value bound = orElse(
      m, estimate, [&](FormulaBuilder &m) { return measureBelow(m, s, end); });
  result.bound = m.mul(bound, s.scale);

  // What was certified decides, not why the loop ended. Still running means
  // that the budget ended it.
  Value isCertified = certifies(m, bound);
  Value unfinished = m.select(end.running, m.constant(STEEPEST_BUDGET),
                              m.constant(STEEPEST_STALLED));
  Value reached =
      m.select(isCertified, m.constant(STEEPEST_CONVERGED), unfinished);
  Value isNonzero =
      m.compare(CmpFPredicate::OGT, s.gradientNorm, m.constant(0));
  result.outcome = m.select(s.isActive, reached,
                            m.select(isNonzero, m.constant(STEEPEST_NORMAL),
                                     m.constant(STEEPEST_ZERO)));
  result.iterations = end.iteration;
  // Where a step that was not evaluated ended the loop, the next call begins
  // behind it.
  auto inUnits = [&](Value basis, Value n) {
    Value c = fromEigenbasis(m, basis, m.sym(n), /*symmetric=*/true);
    return m.mul(m.mul(c, s.unit), s.scale);
  };
  result.correction = inUnits(end.upperBasis, end.upperN);
  result.next = inUnits(end.basis, end.n);
  return result;
}
