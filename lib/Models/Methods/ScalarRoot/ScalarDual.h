//===- ScalarDual.h - directions with one multiplier ------------*- C++ -*-===//
//
//   maximise <G, Phi>  over  ||Phi|| <= 1,  <V, Phi> = 0.
//
// With T = G - V <V, G> / <V, V>, which <V, Phi> = 0 cannot tell from G, the
// dual is the convex function of one multiplier
//
//   f(x) = ||T + x V||_*,   f'(x) = <V, D(T + x V)>,
//
// D the dualizer of the norm. Every Phi of length at most one, tangent or not,
// is a line below f, value + x slope with value = <T, Phi>, slope = <V, Phi>,
// and D(T + x V) touches f at x. Two lines whose slopes have opposite signs
// bracket the minimum; the convex combination of their Phi with slope 0 is
// feasible, for every norm and however sharp the minimum is, and attains the
// height at which the lines meet. The least f seen bounds it from above.
//
// Written from T rather than G, a gradient that is nearly normal costs no
// digits, and x = 0 is the dualized projection.
//
// For an inequality <V, Phi> >= 0 the multiplier of G is not negative: x is at
// least c = <V, G> / <V, V>, where T + x V = G.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_SCALARROOT_SCALARDUAL_H
#define STEEPEST_LIB_MODELS_METHODS_SCALARROOT_SCALARDUAL_H

#include "lib/Models/Methods/Methods.h"

namespace steepest {

/// value + x slope <= f(x), touching at x = `multiplier`. Scalars, or vectors
/// of one value per column (row) where those are independent problems.
struct Line {
  mlir::Value multiplier, slope, value;
};

/// What was found of f so far: the nearest lines that fall and that rise.
struct Bracket {
  Line lower, upper;
};

/// The dual function and the formulas about its lines, for scalars and vectors
/// alike.
class ScalarDual {
public:
  using Value = mlir::Value;

  ScalarDual(matrix::FormulaBuilder &m, const Problem &problem, Value normal,
             matrix::Extent extent, mlir::Attribute contract);

  struct Sample {
    Line line;
    /// At least f(multiplier).
    Value dual;
    Value phi;
  };
  Sample evaluate(Value multiplier);

  Value fold(Value x) { return m.sum(x, extent); }
  Value spread(Value x) { return m.broadcast(x, t, extent); }
  /// One condition for all problems.
  Value any(Value condition);

  Value height(const Line &line) {
    return m.add(line.value, m.mul(line.multiplier, line.slope));
  }
  Line select(Value condition, const Line &a, const Line &b);
  /// The share of the upper line in the combination of slope 0.
  Value share(const Bracket &bracket);
  Value attained(const Bracket &bracket);
  Value between(Value a, Value b, Value share) {
    return m.add(a, m.mul(m.sub(b, a), share));
  }

  /// Where to look next. Where the lines meet: exact at a kink, and ending
  /// after finitely many evaluations when f is piecewise linear.
  Value meeting(const Bracket &bracket);
  /// The minimum of the cubic through both ends with their slopes: fast while
  /// f is smooth.
  Value cubicMinimum(const Bracket &bracket);
  Value middle(const Bracket &bracket);
  /// Whether there are multipliers left between the ends.
  Value isWide(const Bracket &bracket);

  /// The line of height f(c) that a sample at c stands for when its slope is
  /// not negative and multipliers are not below c.
  Line flat(const Line &line);

  matrix::FormulaBuilder &m;
  const Problem &problem;
  /// T and V in float64.
  Value t, v;
  /// <V, V>, and c = <V, G> / <V, V>.
  Value square, start;
  /// Where something is left of T beside the rounding of G, or, for an
  /// inequality, G points inwards.
  Value isLeft;
  /// Whether D is exact, known after an evaluation.
  bool isAttained = false;
  matrix::Extent extent;

private:
  mlir::Attribute contract;
};

/// How far to go, and what to start from.
struct ScalarGoal {
  /// The relative gap.
  double gap;
  /// Multipliers that an earlier step ended with, relative to T; or null.
  mlir::Value from;
};

/// A feasible direction in float64 with its multiplier, the zero of the chord
/// of f' between the ends of the bracket.
struct ScalarSolution {
  mlir::Value phi, multiplier, bound, iterations;
  /// The bounds of all problems, where there are several.
  mlir::Value bounds;
  /// Whether the gap is open still, and whether nothing is left to try.
  mlir::Value isOpen, isStuck;
};

/// Several multipliers at every pass over memory, for norms that a pass
/// dualizes; independent columns (rows) side by side.
ScalarSolution sweep(ScalarDual &dual, const ScalarGoal &goal);
/// One multiplier after the other, for norms that are expensive to dualize.
ScalarSolution walk(ScalarDual &dual, const ScalarGoal &goal);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_SCALARROOT_SCALARDUAL_H
