//===- Solve.h - running the primal-dual solver in tests --------*- C++ -*-===//
//
// Builds an optimizer's call of the method, evaluates it by the reference
// interpreter, and checks the answer from the numbers alone.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_SOLVER_SOLVE_H
#define STEEPEST_TEST_UNIT_SOLVER_SOLVE_H

#include "runtime/steepest.h"
#include "test/Unit/Solver/Cases.h"
#include <limits>
#include <optional>

namespace steepest::solver {

struct Options {
  double tolerance = 1e-3;
  /// Machine epsilon of the data.
  double epsilon = std::numeric_limits<float>::epsilon();
  int64_t budget = 40;
  /// The correction of an earlier call.
  std::optional<Matrix> start;
  /// Build the program for this very shape instead of any.
  bool isStatic = false;
  /// Which of the program's factorisations never converges and gives NaN.
  int64_t failing = noFailure;

  static constexpr int64_t noFailure = -1;
};

struct Solution {
  Matrix phi;
  double value, bound, tangency;
  int iterations;
  steepest_outcome outcome;
  Matrix correction, next;

  double gap() const { return bound == 0 ? 0 : (bound - value) / bound; }
};

/// The answer of the method; test failures when it cannot be built or run.
Solution solve(const Problem &problem, const Options &options = {});

/// What float64 says about a direction rounded to float32.
struct Recomputed {
  double value, bound, norm, tangency;

  double gap() const { return bound == 0 ? 0 : (bound - value) / bound; }
};
Recomputed recompute(const Problem &problem, const Solution &solution);

/// Expects a feasible direction with a true certificate.
void expectTrue(const Problem &problem, const Solution &solution);

} // namespace steepest::solver

#endif // STEEPEST_TEST_UNIT_SOLVER_SOLVE_H
