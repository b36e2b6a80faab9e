//===- Solve.h - running the smoothed Newton method in tests ----*- C++ -*-===//

#ifndef STEEPEST_TEST_UNIT_NEWTON_SOLVE_H
#define STEEPEST_TEST_UNIT_NEWTON_SOLVE_H

#include "runtime/steepest.h"
#include "test/Unit/Newton/Pairs.h"
#include <optional>

namespace steepest::newton {

struct Options {
  double gap = 1e-3;
  /// The multiplier of an earlier call.
  std::optional<Matrix> from;
  bool isStatic = false;
  bool isFloat32 = true;
};

struct Solution {
  Matrix phi;
  double value, bound, tangency;
  int iterations;
  steepest_outcome outcome;
  Matrix normal;

  double gap() const { return bound == 0 ? 0 : (bound - value) / bound; }
};

/// The answer of the method; test failures when it cannot be built or run.
Solution solve(const std::string &norm, const std::string &manifold,
               const solver::Problem &problem, const Options &options = {});

/// Expects a feasible direction with a true certificate: no bound below what
/// float64 finds for the same multiplier.
void expectTrue(const Norm &norm, const Manifold &manifold,
                const solver::Problem &problem, const Solution &solution);

} // namespace steepest::newton

#endif // STEEPEST_TEST_UNIT_NEWTON_SOLVE_H
