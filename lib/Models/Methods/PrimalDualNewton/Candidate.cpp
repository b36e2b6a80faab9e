//===- Candidate.cpp - candidates of the primal-dual method ---------------===//

#include "lib/Models/EigenvalueBound.h"
#include "lib/Models/Methods/PrimalDualNewton/Newton.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::primaldual;
using arith::CmpFPredicate;

/// The loop stops at this part of the gap, so that rounding Phi does not undo
/// it.
static constexpr double gapShare = 0.97, fineGapShare = 0.9;
/// Gaps below this are fine.
static constexpr double fineGap = 3e-4;
/// What the norm of a candidate may cost of its value, in gaps: half of this.
static constexpr double normShare = 0.05;
/// Where a step is expected to end the loop, at this part of the gap.
static constexpr double aheadShare = 0.9;

Value primaldual::gramPlus(FormulaBuilder &m, Value x, Value y) {
  FormulaBuilder::ProductOptions options;
  options.transposeLhs = options.symmetric = true;
  options.beta = m.constant(1);
  options.addend = y;
  return m.product(x, x, options);
}

FormulaBuilder::Eigh primaldual::decompose(FormulaBuilder &m, Value x) {
  FormulaBuilder::Eigh eigh = m.eigh(m.toF64(x));
  Type element = getElementTypeOrSelf(x);
  eigh.values = m.cast(eigh.values, element);
  eigh.vectors = m.cast(eigh.vectors, element);
  return eigh;
}

Value Iteration::isFine(FormulaBuilder &m) const {
  return m.compare(CmpFPredicate::OLT, tolerance, m.constant(fineGap));
}

Value Iteration::normAboveOne(FormulaBuilder &m, Value gram,
                              Value enough) const {
  Value least = m.max(m.mul(tolerance, m.constant(normShare)),
                      m.constant(64 * precision));
  if (enough)
    enough = m.sub(m.square(enough), m.constant(1));
  return m.sqrt(buildEigenvalueBound(m, gram, least, enough));
}

void Iteration::offer(FormulaBuilder &m, State &state, const Point &point,
                      const Candidate &candidate, Value usable) const {
  Value isBetter = m.logicalAnd(
      m.compare(CmpFPredicate::OGT, candidate.attained, state.lower), usable);
  Value shrink = m.div(m.constant(1), candidate.norm);
  state.lower = m.select(isBetter, candidate.attained, state.lower);
  state.bestBasis = m.select(isBetter, point.basis, state.bestBasis);
  state.bestTop = m.select(isBetter, m.mul(candidate.a, shrink), state.bestTop);
  state.bestBottom =
      m.select(isBetter, m.mul(candidate.bottom, shrink), state.bestBottom);
}

Value Iteration::gapOf(FormulaBuilder &m, const State &state) const {
  return m.div(m.sub(state.upper, state.lower), state.upper);
}

Value Iteration::target(FormulaBuilder &m) const {
  return m.mul(tolerance, m.select(isFine(m), m.constant(fineGapShare),
                                   m.constant(gapShare)));
}

/// Singular values of the candidate with bottom block B = diag(1/q) that exceed
/// 1 are cut to 1 instead of scaling all of them down: with the Gram matrix
/// S = A^T A + B T B and D = S^(-1/2) on eigenvalues above 1,
///   A <- skew(A D),   B <- B D,
/// renormalised, as taking the skew part may leave the ball again.
Candidate Iteration::clip(FormulaBuilder &m, const Candidate &plain, Value gram,
                          Value k, Value tScaled, Value roots) const {
  FormulaBuilder::Eigh eigh = decompose(m, gram);
  Value one = m.constant(1, getElementTypeOrSelf(k));
  Value factors = m.div(one, m.sqrt(m.max(eigh.values, one)));
  FormulaBuilder::ProductOptions options;
  options.transposeLhs = options.symmetric = true;
  Value d = m.product(m.mul(m.alongRows(factors, eigh.vectors), eigh.vectors),
                      eigh.vectors, options);
  Value clipped = m.skew(m.product(plain.a, d));
  Value bottom = m.div(d, m.alongRows(roots, d));

  // value = <K, A> + tr(B T),  T = diag(q) (B T B) diag(q).
  Value tColumns = m.mul(tScaled, m.alongColumns(roots, d));
  Value value = m.add(m.dot(k, clipped), m.dot(tColumns, d));
  Value newGram = gramPlus(m, clipped, intoEigenbasis(m, d, tScaled, true));
  Value norm = normAboveOne(m, newGram);
  Value attained = m.div(value, norm);
  Value isBetter = m.logicalAnd(
      m.compare(CmpFPredicate::OGT, attained, plain.attained), eigh.converged);
  return {m.select(isBetter, clipped, plain.a),
          m.select(isBetter, bottom, plain.bottom),
          m.select(isBetter, attained, plain.attained),
          m.select(isBetter, norm, plain.norm)};
}

/// By Q + dQ in the place of the root of P the bottom block is R V (Q + dQ)^-1;
/// A is skew, so that the candidate is tangent whatever it leaves of
/// Phi Q = Z. And for every positive definite Q
///   ||Z||_* = tr P^(1/2) <= (tr(P Q^-1) + tr Q) / 2,
/// as (P^(1/2) - Q) Q^-1 (P^(1/2) - Q) is semidefinite: only the square is lost
/// of what Q is off by. The inverse, and P, are known to rounding.
Iteration::Ahead Iteration::lookAhead(FormulaBuilder &m, const Point &point,
                                      Value p, Value q, Value a, Value dQ,
                                      Value upper) const {
  Value root = m.add(diagonal(m, q, p), m.sym(dQ));
  FormulaBuilder::Rational inverse =
      m.rational(root, /*constant=*/0, /*weights=*/{1}, /*poles=*/{0});
  Value bottom = inverse.result;
  Value unknown = m.mul(m.mul(m.frobenius(p), m.frobenius(bottom)),
                        m.constant(64 * precision));
  Value trace = m.dot(m.identity(root), root);
  Value twice = m.add(m.add(m.dot(p, bottom), trace), unknown);

  // <K, A> + tr(T B), and the Gram matrix A^T A + B T B.
  Value t = m.mul(m.mul(point.tScaled, m.alongRows(point.roots, p)),
                  m.alongColumns(point.roots, p));
  Value value = m.add(m.dot(point.k, a), m.dot(t, bottom));
  Value below = intoEigenbasis(m, bottom, t, /*symmetric=*/true);
  // Whether the gap is closed is one test.
  Value bound = m.mul(twice, m.constant(0.5));
  Value wanted =
      m.mul(m.min(bound, upper),
            m.sub(m.constant(1), m.mul(target(m), m.constant(aheadShare))));
  Value norm = normAboveOne(m, gramPlus(m, a, below), m.div(value, wanted));
  return {{a, bottom, m.div(value, norm), norm}, bound, inverse.defined};
}
