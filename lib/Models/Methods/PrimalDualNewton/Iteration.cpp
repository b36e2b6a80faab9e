//===- Iteration.cpp - one iteration of the primal-dual method ------------===//

#include "lib/Models/Methods/PrimalDualNewton/Newton.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace steepest;
using namespace steepest::primaldual;
using arith::CmpFPredicate;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double rounding = std::numeric_limits<double>::epsilon();

/// The loop gives up when the gap has not fallen by a tenth for `patience`
/// iterations.
static constexpr double patience = 10, earliestStall = 14;
/// The smoothing, relative to the mean singular value: at the start, with a
/// correction to start from, in units of the gap of the point, at the end in
/// gaps, and its fall in one iteration.
static constexpr double coldSmoothing = 0.15, warmSmoothing = 0.06;
static constexpr double gapSmoothing = 0.5;
static constexpr double smoothingShare = 0.6, smoothingFall = 0.05;
/// For n = m there is no R and C = 0 is optimal: with next to no smoothing the
/// first candidate is the closed form W msign(K).
static constexpr double squareSmoothing = 1e-5;
/// mu in gaps, and after a rejection, from where it falls by this factor.
static constexpr double dampingShare = 0.1, dampingAfterRejection = 0.1;
static constexpr double dampingFall = 0.1;
/// Products of one linear system, for gaps below `fineGap` and others.
static constexpr double fineCap = 60, coarseCap = 30;
/// A step is expected to square the gap, up to this factor.
static constexpr double predictionWindow = 4;
/// Candidates within this many gaps are clipped.
static constexpr double clipWindow = 10;

Value primaldual::intoEigenbasis(FormulaBuilder &m, Value vectors, Value x,
                                 bool symmetric) {
  FormulaBuilder::ProductOptions options;
  options.transposeRhs = true;
  options.symmetric = symmetric;
  return m.product(m.product(vectors, x), vectors, options);
}

Value primaldual::fromEigenbasis(FormulaBuilder &m, Value vectors, Value x,
                                 bool symmetric) {
  FormulaBuilder::ProductOptions options;
  options.symmetric = symmetric;
  return m.product(m.productTN(vectors, x), vectors, options);
}

static Value zeroAs(FormulaBuilder &m, Value like) {
  return m.broadcast(m.constant(0, getElementTypeOrSelf(like)), like);
}

/// The sum of a vector in float64.
static Value total(FormulaBuilder &m, Value x) { return m.sum(m.toF64(x)); }

Value primaldual::diagonal(FormulaBuilder &m, Value v, Value like) {
  return m.mul(m.alongRows(v, like), m.identity(like));
}

Iteration::Iteration(FormulaBuilder &m, Value k, Value t, Value tolerance,
                     double precision, double epsilon)
    : k(k), t(t), tolerance(tolerance), size(m.toFloat(m.rows(k))),
      radius(m.frobenius(k)), precision(precision), epsilon(epsilon) {}

State Iteration::start(FormulaBuilder &m, Value warm, Value isWarm,
                       Value isSquare, Value isActive) const {
  Value zeros = zeroAs(m, k);
  State state;
  state.basis = m.identity(k);
  state.n = k;
  state.smoothing = m.select(isSquare, m.constant(squareSmoothing),
                             m.constant(coldSmoothing));
  if (warm) {
    state.n = m.add(k, m.select(isWarm, intoBall(m, warm), zeros));
    state.smoothing =
        m.select(isWarm, m.constant(warmSmoothing), state.smoothing);
  }
  state.p = gramPlus(m, state.n, t);
  state.primal = zeros;
  state.hasPrimal = m.truth(false);
  state.lastRoots = m.fill(m.constant(0, getElementTypeOrSelf(k)), {m.rows(k)});
  state.lastDual = m.constant(infinity);
  state.damping = m.constant(0);
  // ||[K; R]||_* is at most sqrt(m) times the Frobenius norm.
  state.upper = size;
  state.upperBasis = state.basis;
  state.upperN = k;
  state.lower = m.constant(0);
  state.bestBasis = state.bestTop = state.bestBottom = zeros;
  state.proved = m.constant(infinity);
  state.markGap = m.constant(2);
  state.markIteration = state.iteration = m.constant(0);
  state.running = isActive;
  return state;
}

Value Iteration::intoBall(FormulaBuilder &m, Value x) const {
  // ||C||_F <= ||K||_F holds at the solution.
  Value length = m.frobenius(x);
  Value isOutside = m.compare(CmpFPredicate::OGT, length, radius);
  return m.mul(x,
               m.select(isOutside, m.divOrZero(radius, length), m.constant(1)));
}

Value Iteration::smoothedRoots(FormulaBuilder &m, Value eigenvalues,
                               Value smoothing) const {
  return m.sqrt(m.add(eigenvalues, m.square(smoothing)));
}

void Iteration::move(FormulaBuilder &m, State &state, Value d) const {
  // (N + D)^T (N + D) = N^T N + S + S^T,  S = (N + D / 2)^T D.
  Value half = m.productTN(m.add(state.n, m.mul(d, m.constant(0.5))), d);
  state.p = m.add(state.p, m.add(half, m.transpose(half)));
  state.n = m.add(state.n, d);
}

State Iteration::iterate(FormulaBuilder &m, const State &before) const {
  State state = before;
  FormulaBuilder::Eigh eigh = decompose(m, state.p);
  Point point;
  point.eigenvalues =
      m.max(eigh.values, m.constant(0, getElementTypeOrSelf(k)));
  point.usable = eigh.converged;
  point.largest = m.sqrt(m.toF64(m.maximum(point.eigenvalues)));
  point.dual = total(m, m.sqrt(point.eigenvalues));
  point.mean = m.div(point.dual, size);

  // The first smoothing is relative to the mean singular value.
  Value isFirst = m.compare(CmpFPredicate::OEQ, state.iteration, m.constant(0));
  state.smoothing =
      m.select(isFirst, m.mul(state.smoothing, point.mean), state.smoothing);
  Value roots = smoothedRoots(m, point.eigenvalues, state.smoothing);
  Value limit = m.mul(
      state.lastDual,
      m.add(m.constant(1), m.mul(m.sqrt(size), m.constant(10 * precision))));
  Value isRejected = m.logicalAnd(
      m.compare(CmpFPredicate::OGT, total(m, roots), limit), eigh.converged);
  State next = State::unpack(m.branch(
      isRejected, [&](FormulaBuilder &m) { return reject(m, state).pack(); },
      [&](FormulaBuilder &m) {
        return advance(m, state, point, eigh.vectors, roots).pack();
      }));
  next.iteration = m.add(state.iteration, m.constant(1));
  return next;
}

/// Safeguard: the step of the quadratic majoriser at the last point in closed
/// form, C = K o (q_j - q_i) / (q_j + q_i) in its eigenbasis, which never
/// increases the smoothed dual. Without comparison, so that no second rejection
/// can follow at once.
State Iteration::reject(FormulaBuilder &m, State state) const {
  Value qi = m.alongRows(state.lastRoots, k);
  Value qj = m.alongColumns(state.lastRoots, k);
  // C is symmetric, hence K = skew N.
  Value c = m.mul(m.skew(state.n), m.div(m.sub(qj, qi), m.add(qj, qi)));
  move(m, state, m.sub(c, m.sym(state.n)));
  state.lastDual = m.constant(infinity);
  state.damping = m.constant(dampingAfterRejection);
  return state;
}

/// A point that was accepted: its candidate, the bounds, and a step from it.
State Iteration::advance(FormulaBuilder &m, State state, Point point,
                         Value vectors, Value roots) const {
  auto isAbove = [&](Value x, Value y) {
    return m.compare(CmpFPredicate::OGT, x, y);
  };
  // Into the eigenbasis.
  Value isFirst = m.compare(CmpFPredicate::OEQ, state.iteration, m.constant(0));
  point.basis = m.branch(
      isFirst, [&](FormulaBuilder &) { return SmallVector<Value>{vectors}; },
      [&](FormulaBuilder &m) {
        return SmallVector<Value>{m.product(vectors, state.basis)};
      })[0];
  point.n = intoEigenbasis(m, vectors, state.n, false);
  point.k = m.skew(point.n);
  point.roots = roots;
  Value scaled = m.div(point.n, m.alongColumns(roots, point.n));
  Value a = m.branch(
      state.hasPrimal,
      [&](FormulaBuilder &m) {
        return SmallVector<Value>{
            intoEigenbasis(m, vectors, state.primal, false)};
      },
      [&](FormulaBuilder &m) { return SmallVector<Value>{m.skew(scaled)}; })[0];

  // The candidate [A; R Q^-1], its value <K, A> + tr(T Q^-1), and its norm from
  // S = A^T A + Q^-1 T Q^-1, with T = diag(lambda) - N^T N.
  FormulaBuilder::ProductOptions options;
  options.transposeLhs = options.symmetric = true;
  options.alpha = m.constant(-1);
  options.beta = m.constant(1);
  options.addend =
      diagonal(m, m.div(point.eigenvalues, m.square(roots)), scaled);
  point.tScaled = m.product(scaled, scaled, options);
  Value gram = gramPlus(m, a, point.tScaled);
  Value plainNorm = normAboveOne(m, gram);
  point.usable =
      m.logicalAnd(point.usable, m.compare(CmpFPredicate::OLT, plainNorm,
                                           m.constant(infinity)));
  Value value =
      m.add(m.dot(point.k, a), m.sub(total(m, m.div(point.eigenvalues, roots)),
                                     m.dot(point.n, scaled)));
  Candidate plain = {a, diagonal(m, m.div(m.constant(1), roots), k),
                     m.div(value, plainNorm), plainNorm};

  Value isLower = m.logicalAnd(isAbove(state.upper, point.dual), point.usable);
  state.upper = m.select(isLower, point.dual, state.upper);
  state.upperBasis = m.select(isLower, point.basis, state.upperBasis);
  state.upperN = m.select(isLower, point.n, state.upperN);

  // Near the end often only the norm is off: then clip.
  Value plainGap = m.div(m.sub(state.upper, plain.attained), state.upper);
  Value isNear =
      m.logicalAnd(isAbove(plainGap, target(m)),
                   isAbove(m.mul(tolerance, m.constant(clipWindow)), plainGap));
  Value isWorthIt = m.logicalAnd(
      isAbove(value, m.mul(m.sub(m.constant(1), tolerance), state.upper)),
      isAbove(plain.attained, state.lower));
  SmallVector<Value> better = m.branch(
      m.logicalAnd(m.logicalAnd(isNear, isWorthIt), point.usable),
      [&](FormulaBuilder &m) {
        Candidate c = clip(m, plain, gram, point.k, point.tScaled, roots);
        return SmallVector<Value>{c.a, c.bottom, c.attained, c.norm};
      },
      [&](FormulaBuilder &) {
        return SmallVector<Value>{plain.a, plain.bottom, plain.attained,
                                  plain.norm};
      });
  Candidate candidate = {better[0], better[1], better[2], better[3]};

  offer(m, state, point, candidate, point.usable);

  // Stop when the gap is small, or has not fallen by a tenth for long.
  Value gap = gapOf(m, state);
  Value fell =
      m.compare(CmpFPredicate::OLE, gap, m.mul(state.markGap, m.constant(0.9)));
  state.markGap = m.select(fell, gap, state.markGap);
  state.markIteration = m.select(fell, state.iteration, state.markIteration);
  Value since = m.sub(state.iteration, state.markIteration);
  Value isStalled =
      m.logicalAnd(m.compare(CmpFPredicate::OGE, since, m.constant(patience)),
                   isAbove(state.iteration, m.constant(earliestStall)));
  Value isHopeful = m.select(isStalled, m.truth(false), m.truth(true));
  state.running = m.logicalAnd(m.logicalAnd(isAbove(gap, target(m)), isHopeful),
                               point.usable);

  Value pointGap =
      m.max(m.div(m.sub(point.dual, candidate.attained), point.dual),
            m.constant(rounding));
  return State::unpack(m.branch(
      state.running,
      [&](FormulaBuilder &m) {
        return step(m, state, point, candidate, pointGap).pack();
      },
      [&](FormulaBuilder &) { return state.pack(); }));
}

/// One Newton step from C with the primal A, in the eigenbasis:
///   (H + mu J)[D] = -sym(N / q),   C <- C + D,
///   A <- skew(N / q + D / q - A dK[D]).
/// The operator is semidefinite for ||A|| <= 1. A exceeds that by little, if at
/// all: dividing it by its norm was seen to change no iteration.
State Iteration::step(FormulaBuilder &m, State state, const Point &point,
                      const Candidate &candidate, Value pointGap) const {
  // The smoothing costs a gap of about 0.3 e / mean: let it follow the gap of
  // this point, but fall no faster than twentyfold. Beneath its floor, R / q
  // would only amplify the rounding of the data, and that of P.
  Value smoothing =
      m.min(m.mul(m.mul(pointGap, point.mean), m.constant(gapSmoothing)),
            state.smoothing);
  Value share = m.mul(m.mul(tolerance, m.constant(smoothingShare)), point.mean);
  Value slowest = m.mul(state.smoothing, m.constant(smoothingFall));
  Value dataFloor = m.mul(m.sqrt(m.sqrt(size)), m.constant(30 * epsilon));
  Value floor =
      m.max(dataFloor, m.mul(point.largest, m.constant(std::sqrt(precision))));
  smoothing = m.max(m.max(smoothing, share), m.max(slowest, floor));
  Value q = smoothedRoots(m, point.eigenvalues, smoothing);

  // Damping by a multiple of the majoriser.
  Value damping =
      m.max(m.mul(pointGap, m.constant(dampingShare)), state.damping);
  Value cap = m.select(isFine(m), m.constant(fineCap), m.constant(coarseCap));

  Value columns = m.alongColumns(q, point.n);
  Value linear = m.div(point.n, columns);
  Value rhs = m.neg(m.sym(linear));
  LinearSolution solution =
      solveNewtonSystem(m, candidate.a, rhs, q, damping, cap);
  Value moved = m.add(linear, m.div(solution.d, columns));
  state.primal = m.skew(m.sub(moved, solution.coupled));
  state.hasPrimal = m.truth(true);

  state.basis = point.basis;
  state.n = point.n;
  state.p = diagonal(m, point.eigenvalues, point.n);
  Value c = m.sym(point.n);
  move(m, state, m.sub(intoBall(m, m.add(c, solution.d)), c));

  // Both bounds are off by the square of the step, so that it may have closed
  // the gap already.
  Value isPromising = m.compare(CmpFPredicate::OLE, m.square(pointGap),
                                m.mul(tolerance, m.constant(predictionWindow)));
  state = State::unpack(m.branch(
      isPromising,
      [&](FormulaBuilder &m) {
        State next = state;
        Value dQ = m.mul(RootDifferential(m, q, solution.d)
                             .apply(m, candidate.a, solution.d),
                         columns);
        Ahead ahead =
            lookAhead(m, point, state.p, q, state.primal, dQ, state.upper);
        offer(m, next, point, ahead.candidate, ahead.usable);
        Value isLower =
            m.logicalAnd(m.compare(CmpFPredicate::OLT, ahead.bound, next.upper),
                         ahead.usable);
        next.proved = m.select(isLower, ahead.bound, next.proved);
        next.upper = m.select(isLower, ahead.bound, next.upper);
        next.upperBasis = m.select(isLower, next.basis, next.upperBasis);
        next.upperN = m.select(isLower, next.n, next.upperN);
        next.running = m.compare(CmpFPredicate::OGT, gapOf(m, next), target(m));
        return next.pack();
      },
      [&](FormulaBuilder &) { return state.pack(); }));

  state.lastRoots = q;
  state.lastDual = total(m, q);
  state.smoothing = smoothing;
  state.damping = m.mul(state.damping, m.constant(dampingFall));
  return state;
}
