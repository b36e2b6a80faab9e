//===- Orthonormal.cpp - orthonormal columns or rows ----------------------===//
//
// Retractions. A tangent step Y = W - rate phi has Y^T Y = I + rate^2 phi^T phi
// and therefore singular values in [1, sqrt(1 + rate^2 ||phi||^2)]: it is never
// far from the manifold, and one Newton-Schulz step for the polar factor,
// Y (3 I - Y^T Y) / 2, maps s = 1 + d to 1 - 3/2 d^2 + O(d^3). Scaling Y so
// that the interval is centred at 1 halves d and leaves (3/32) rate^4.
//
// Nearest points. The orthonormal matrices nearest to X = U S V^T are U V^T,
// where U and V are free in the null spaces of X: P + R with P the partial
// isometry msign(X) and R any isometry from the null space of X into that of
// X^T. Such an R is msign(C) of
//
//   C = (I - P P^T) F (I - P^T P)
//
// for any F that leaves C with the rank of its right factor, as a matrix of
// hashed numbers does; and msign(P) + msign(C) = msign(P + C), because ranges
// and row spaces of P and C are orthogonal. Taken once more of the sum, msign
// also mends singular values of P that lie between 0 and 1, those of X at the
// edge of what msign takes for noise.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Orthonormal.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

Value steepest::buildSmallGram(FormulaBuilder &m, Value w, bool tall,
                               double alpha, double gamma) {
  FormulaBuilder::ProductOptions options;
  options.transposeLhs = tall;
  options.transposeRhs = !tall;
  options.symmetric = true;
  options.alpha = m.constant(alpha);
  options.gamma = m.constant(gamma);
  return m.product(w, w, options);
}

Value steepest::buildMixed(FormulaBuilder &m, Value w, Value x, bool tall) {
  return tall ? m.productTN(w, x) : m.productNT(x, w);
}

Value steepest::applySmall(FormulaBuilder &m, Value w, Value s, bool tall,
                           double alpha, Value addend) {
  FormulaBuilder::ProductOptions options;
  options.alpha = m.constant(alpha);
  if (addend) {
    options.beta = m.constant(1);
    options.addend = addend;
  }
  return tall ? m.product(w, s, options) : m.product(s, w, options);
}

Value steepest::buildGramError(FormulaBuilder &m, Value w, bool tall) {
  Value error = m.frobenius(buildSmallGram(m, w, tall, 1, -1));
  return m.divOrZero(error, m.sqrt(m.toFloat(tall ? m.cols(w) : m.rows(w))));
}

/// Written as Y + Y (I - Y^T Y) / 2: the correction is small, so that its
/// rounding does not count.
Value steepest::buildCubic(FormulaBuilder &m, Value w, Value phi, Value rate,
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

static Value buildExactSign(FormulaBuilder &m, Value x) {
  auto exact = matrix::ExactAttr::get(m.getBuilder().getContext());
  return m.msign(x, exact).result;
}

Value steepest::buildPolar(FormulaBuilder &m, Value w, Value phi, Value rate) {
  return buildExactSign(m, roundLike(m, buildStep(m, w, phi, rate), w));
}

/// Numbers in [-1, 1] in the shape of `like`, each hashed from its index by
/// the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
static Value buildHashedNumbers(FormulaBuilder &m, Value like) {
  OpBuilder &builder = m.getBuilder();
  Location loc = m.getLoc();
  Value index = m.indices(matrix::IndexKind::Linear, like);
  auto constant = [&](uint64_t value) {
    return m.broadcast(m.integer(static_cast<int64_t>(value)), index);
  };
  auto multiply = [&](Value x, uint64_t factor) -> Value {
    return arith::MulIOp::create(builder, loc, x, constant(factor));
  };
  auto mix = [&](Value x, unsigned shift) -> Value {
    Value shifted =
        arith::DivUIOp::create(builder, loc, x, constant(uint64_t(1) << shift));
    return arith::XOrIOp::create(builder, loc, x, shifted);
  };
  Value z = arith::AddIOp::create(builder, loc, index, constant(1));
  z = mix(multiply(z, 0x9E3779B97F4A7C15), 30);
  z = mix(multiply(z, 0xBF58476D1CE4E5B9), 27);
  z = mix(multiply(z, 0x94D049BB133111EB), 31);
  Value numbers = m.mul(m.toF64(z), m.constant(0x1p-63));
  return roundLike(m, numbers, like);
}

/// (I - P P^T) F (I - P^T P).
static Value buildComplement(FormulaBuilder &m, Value p, bool tall) {
  Value f = buildHashedNumbers(m, p);
  Value small = buildSmallGram(m, p, tall, 1, 0);
  Value y = applySmall(m, f, small, tall, -1, f);
  return applySmall(m, p, buildMixed(m, p, y, tall), tall, -1, y);
}

/// The part that is missing from a partial isometry is as long as the square
/// root of its rank. What a float32 product makes of an isometry stays below.
static constexpr double incomplete = 1e-3;

Value steepest::buildIsometry(FormulaBuilder &m, Value x, bool tall) {
  Value p = buildExactSign(m, x);
  Value error = m.frobenius(buildSmallGram(m, p, tall, 1, -1));
  Value isComplete =
      m.compare(arith::CmpFPredicate::OLE, error, m.constant(incomplete));
  return m.branch(
      isComplete, [&](FormulaBuilder &) { return SmallVector<Value>{p}; },
      [&](FormulaBuilder &m) -> SmallVector<Value> {
        return {buildExactSign(m, m.add(p, buildComplement(m, p, tall)))};
      })[0];
}
