//===- Newton.h - the iteration of the primal-dual method -------*- C++ -*-===//
//
// What an iteration is, and what does not change between iterations. The method
// is described in PrimalDualNewton.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_NEWTON_H
#define STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_NEWTON_H

#include "dialect/Matrix/FormulaBuilder.h"

namespace steepest::primaldual {

using matrix::FormulaBuilder;
using mlir::Value;

/// What one iteration hands to the next. Matrices are m x m, in an orthonormal
/// basis that moves with the iterations: that of the last eigenvectors, where
/// P is graded, so that rounding does not mix its large and small eigenvalues.
/// Scalars are f64 or i1.
struct State {
  /// The rows of the basis, N = K + C, and P.
  Value basis, n, p;
  /// A = W^T Phi where there is one already.
  Value primal, hasPrimal;
  /// q of the last step, and its smoothed dual: infinite where there is nothing
  /// to compare with.
  Value lastRoots, lastDual;
  /// The smoothing, and the damping after a rejection.
  Value smoothing, damping;
  /// The least dual with its N in its basis, and the largest value with its
  /// candidate [top; R V bottom] in its basis. Both are known to the rounding
  /// of an eigen-decomposition: what is certified is computed last.
  Value upper, upperBasis, upperN;
  Value lower, bestBasis, bestTop, bestBottom;
  /// A bound of the dual at a point that was never decomposed, certain but for
  /// what the data are not known to: infinite where there is none.
  Value proved;
  /// When and where the gap last fell by a tenth.
  Value markGap, markIteration;
  Value iteration, running;

  static constexpr Value State::*fields[] = {
      &State::basis,         &State::n,          &State::p,
      &State::primal,        &State::hasPrimal,  &State::lastRoots,
      &State::lastDual,      &State::smoothing,  &State::damping,
      &State::upper,         &State::upperBasis, &State::upperN,
      &State::lower,         &State::bestBasis,  &State::bestTop,
      &State::bestBottom,    &State::proved,     &State::markGap,
      &State::markIteration, &State::iteration,  &State::running};

  llvm::SmallVector<Value> pack() const {
    llvm::SmallVector<Value> values;
    for (Value State::*field : fields)
      values.push_back(this->*field);
    return values;
  }
  static State unpack(mlir::ValueRange values) {
    State state;
    for (auto [field, value] : llvm::zip_equal(fields, values))
      state.*field = value;
    return state;
  }
};

/// A primal candidate [a; R V bottom]: what it attains when it is divided by
/// its norm, which is at least 1.
struct Candidate {
  Value a, bottom, attained, norm;
};

/// minimise ||[K + C; R]||_* over symmetric C, with T = R^T R, in units in
/// which ||[K; R]||_F = sqrt(m).
class Iteration {
public:
  /// `precision` is the machine epsilon of the element type of K and T,
  /// `epsilon` that of the data they were made of; `tolerance` is an f64.
  Iteration(FormulaBuilder &m, Value k, Value t, Value tolerance,
            double precision, double epsilon);

  /// C = `warm` where `isWarm`, with less smoothing; else 0.
  State start(FormulaBuilder &m, Value warm, Value isWarm, Value isSquare,
              Value isActive) const;
  State iterate(FormulaBuilder &m, const State &state) const;

private:
  /// P = V diag(lambda) V^T; all in its eigenbasis, whose rows are `basis`.
  struct Point {
    Value eigenvalues, basis, n, usable;
    /// ||Z||_*, and the mean and the largest singular value.
    Value dual, mean, largest;
    /// skew N, the smoothed roots, and T divided by those of rows and columns.
    Value k, roots, tScaled;
  };

  State reject(FormulaBuilder &m, State state) const;
  State advance(FormulaBuilder &m, State state, Point point, Value vectors,
                Value roots) const;
  State step(FormulaBuilder &m, State state, const Point &point,
             const Candidate &candidate, Value pointGap) const;
  /// What the end of the step is known to be without its eigen-decomposition.
  struct Ahead {
    Candidate candidate;
    /// A bound of the dual there.
    Value bound, usable;
  };
  /// The step ends at P = `p` with the primal A; to first order it makes
  /// Q + dQ of Q. The dual is at most `upper` elsewhere.
  Ahead lookAhead(FormulaBuilder &m, const Point &point, Value p, Value q,
                  Value a, Value dQ, Value upper) const;
  /// Keeps a candidate in the basis of the point where it is usable and the
  /// best.
  void offer(FormulaBuilder &m, State &state, const Point &point,
             const Candidate &candidate, Value usable) const;
  /// The gap between the bounds, and the one that ends the loop.
  Value gapOf(FormulaBuilder &m, const State &state) const;
  Value target(FormulaBuilder &m) const;
  /// N <- N + D and what that makes of P.
  void move(FormulaBuilder &m, State &state, Value d) const;

  /// q_i = sqrt(lambda_i + e^2).
  Value smoothedRoots(FormulaBuilder &m, Value eigenvalues,
                      Value smoothing) const;
  Candidate clip(FormulaBuilder &m, const Candidate &plain, Value gram, Value k,
                 Value tScaled, Value roots) const;
  /// A bound of ||X||_2, above 1 by `normShare` of the gap at least, from X^T
  /// X; that it is at most `enough`, where given, is tried first.
  Value normAboveOne(FormulaBuilder &m, Value gram, Value enough = {}) const;
  Value intoBall(FormulaBuilder &m, Value x) const;
  Value isFine(FormulaBuilder &m) const;

  Value k, t, tolerance;
  Value size, radius;
  double precision, epsilon;
};

/// dK[D] = dQ diag(1/q), where dQ is what D makes of Q to first order with A in
/// the place of N diag(1/q).
class RootDifferential {
public:
  /// For matrices in the shape of `like`.
  RootDifferential(FormulaBuilder &m, Value q, Value like);
  Value apply(FormulaBuilder &m, Value a, Value d) const;

private:
  Value weight, weightTransposed;
};

/// Solves (H + mu J)[D] = rhs for symmetric D in the eigenbasis by conjugate
/// gradients preconditioned with J, and sums A dK[D] up along. At most `cap`
/// products (f64).
struct LinearSolution {
  Value d, coupled;
};
LinearSolution solveNewtonSystem(FormulaBuilder &m, Value a, Value rhs, Value q,
                                 Value damping, Value cap);

/// diag(v) in the shape of `like`.
Value diagonal(FormulaBuilder &m, Value v, Value like);

/// X^T X + Y, symmetric.
Value gramPlus(FormulaBuilder &m, Value x, Value y);

/// In float64 even where the rest is not: eigenvalues far below the largest
/// matter, and a LAPACK in float32 was seen to mix them.
FormulaBuilder::Eigh decompose(FormulaBuilder &m, Value x);

/// V X V^T, V^T X V for eigenvectors in rows.
Value fromEigenbasis(FormulaBuilder &m, Value vectors, Value x, bool symmetric);
Value intoEigenbasis(FormulaBuilder &m, Value vectors, Value x, bool symmetric);

} // namespace steepest::primaldual

#endif // STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_NEWTON_H
